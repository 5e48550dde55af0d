"""Running a study: arms in worlds, the run folder, the privacy disclosure, MLflow."""

"""Array types of the whole program; docstrings give the shapes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Vector = NDArray[np.float32]  #: flat, such as all weights of a model
Matrix = NDArray[np.float32]  #: (rows, columns), such as the features of a detector

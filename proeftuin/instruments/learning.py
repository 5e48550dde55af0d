"""Legal cards of sharing by training, without an instrument: a joint model, or pooled data."""

from proeftuin.instruments.base import LegalCard, Status

#: By the learning of a regime; ``own`` shares nothing.
LEARNING: dict[str, LegalCard] = {
    "federated": LegalCard(
        data=("model_parameters",),
        whose=("victims", "suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.OWN_LAW,
        source="[S] a model is anonymous only if nobody in its training data can be recovered or "
        "recognised with means reasonably likely to be used, so learning together alone does not "
        "make it so (EDPB Opinion 28/2024); within sectors there are limited possibilities to "
        "share (Jaarbericht 2025). [A] that a joint model of fraud needs a law of its own: no "
        "source on this exact form",
    ),
    "vertical": LegalCard(
        data=("phone_number", "call_in_progress", "suspicious_call", "orders", "model_parameters"),
        whose=("victims", "innocents"),
        criminal_offence=False,
        traffic=True,
        status=Status.TELECOM_LAW,
        source="[S] traffic data may not be shared now; an amendment of the Telecommunicatiewet "
        "was announced in February 2025, its text still open in May 2026 (security.nl 876866). "
        "[A] that noisy numbers computed from traffic data are traffic data too: no source on this "
        "exact form. Orders cross only with columns of web shops; [A] with these alone it would "
        "wait for a law of its own",
    ),
    "pooled": LegalCard(
        data=("payments", "call_records", "orders", "report"),
        whose=("victims", "suspects", "innocents"),
        criminal_offence=True,
        traffic=True,
        status=Status.OWN_LAW,
        source="[S] the AP called joint monitoring of all payments unprecedented mass surveillance "
        "(nu.nl 6231325); a national anti-fraud centre is being studied, with the powers it would "
        "need (Jaarbericht 2025); traffic data may not be shared now (security.nl 876866)",
    ),
}

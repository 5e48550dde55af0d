from proeftuin.commandline.estimate import estimate
from proeftuin.settings.compose import settings_for


def test_a_study_that_values_every_coalition_is_not_foretold_to_take_minutes_only() -> None:
    """Measured: 19 minutes, of which 14 are coalitions; the arms alone would promise 6."""
    whole = ["study=value_of_sharing", "jobs=1"]
    without = estimate(settings_for([*whole, "study.contributions=[]"])).seconds
    instruments = "study.contributions=[{arm: chain, players: instruments, share: 0.9}]"
    sectors = "study.contributions=[{arm: chain, players: sectors, share: 0.9}]"
    eight, seven = (
        estimate(settings_for([*whole, players])).seconds - without
        for players in (instruments, sectors)
    )
    assert eight > 1.2 * seven > 0
    assert estimate(settings_for(whole)).seconds > 2 * without


def test_every_choice_of_kinds_of_facts_counts_as_a_centre_of_its_own() -> None:
    whole = ["study=centre_explained", "jobs=1", "repetitions=1"]
    alone = estimate(settings_for([*whole, "study.contributions=[]"]))
    explained = estimate(settings_for(whole))
    assert explained.trainings == alone.trainings + 32 * (1 + 5)
    assert explained.seconds > 3 * alone.seconds

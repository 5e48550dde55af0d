"""The phases and the reporting that all fraud forms have in common, parameter by parameter."""

from pydantic.dataclasses import dataclass

from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Orientation:
    """How often criminals approach people, and which people."""

    victims_per_1000_year: float = parameter(
        "victims per 1,000 adults a year in the Netherlands; outcomes are restated at this rate",
        unit="per 1,000 a year",
        source="[A] no source",
        low=0.01,
        high=200,
    )
    enrichment: float = parameter(
        "how many times more victims this world has than the Netherlands, and criminal groups with "
        "them; contacts that fail, repeats and false reports stay as they are",
        unit="times",
        source="[A] a choice, not a fact: more fraud than in reality, to learn from",
        low=0.01,
        high=1000,
    )
    attempts_per_victim: float = parameter(
        "contacts that fail for every one that succeeds",
        unit="attempts",
        source="[A] by form; of all online fraud together at least 1.7: 41.7 % approached, 15.7 % "
        "victim (Twente 2020), and many are approached more than once",
        low=0,
        high=100,
    )
    aborted_share: float = parameter(
        "share of the failed attempts that get as far as persuasion and stop before money moves",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    share_under_35: float = parameter(
        "share of victims under 35; the rest is spread evenly over 35 to 69",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    share_70_plus: float = parameter(
        "share of victims aged 70 or over", unit="share", source="[A] no source", low=0, high=1
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Preparation:
    """What a group prepares: campaigns, their scripts, and resources used until abandoned."""

    groups_per_million: float = parameter(
        "criminal groups per million adults, times the enrichment, at least one",
        unit="groups",
        source="[A] no source",
        low=0.1,
        high=2000,
    )
    campaigns_per_group_year: float = parameter(
        "campaigns a group runs in a year, each with its own script",
        unit="per year",
        source="[A] no source",
        low=1,
        high=52,
    )
    campaign_days: float = parameter(
        "mean length of a campaign, with a peak halfway",
        unit="days",
        source="[A] no source",
        low=1,
        high=180,
    )
    script_spread: float = parameter(
        "how much scripts differ between campaigns (log-normal sigma)",
        unit="log",
        source="[A] no source",
        low=0,
        high=2,
    )
    partner_focus: float = parameter(
        "share of a campaign's targets taken among the customers of one bank",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    reuse_share: float = parameter(
        "share of campaigns that go on with the devices, phones and accounts of the group's "
        "previous one",
        unit="share",
        source="[A] no source; decides whether sharing pays",
        low=0,
        high=1,
    )
    victims_per_mule: float = parameter(
        "victims served by one mule account before it is abandoned",
        unit="victims",
        source="[A] no source; decides whether sharing account numbers pays",
        low=1,
        high=500,
    )
    victims_per_device: float = parameter(
        "victims served from one criminal device before it is abandoned",
        unit="victims",
        source="[A] no source; decides whether sharing device fingerprints pays",
        low=1,
        high=500,
    )
    contacts_per_number: float = parameter(
        "calls or texts from one phone number before it is abandoned",
        unit="contacts",
        source="[A] no source",
        low=1,
        high=1000,
    )
    victims_per_web_account: float = parameter(
        "victims served by one web account (seller, customer, advertiser or shop)",
        unit="victims",
        source="[A] no source",
        low=1,
        high=1000,
    )
    recruited_mule_share: float = parameter(
        "share of mules that are existing accounts; the rest is opened for the purpose",
        unit="share",
        source="[A] about 10 % of those aged 16-25 were ever approached (Bekkers et al. 2023)",
        low=0,
        high=1,
    )
    older_mule_share: float = parameter(
        "share of mules with existing accounts who are of any age instead of young",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    business_mule_share: float = parameter(
        "share of mule accounts that are those of small businesses",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    second_mule_share: float = parameter(
        "share of payments in a case that go to a second mule account",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    true_name_share: float = parameter(
        "share of payees about whom the victim is told the real name of the holder; the others are "
        "entered under a false one",
        unit="share",
        source="[A] no source; decides what a name check brings",
        low=0,
        high=1,
    )
    frozen_mule_share: float = parameter(
        "share of mule accounts that their bank freezes",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    frozen_days_median: float = parameter(
        "median time from a mule's first use to the freeze",
        unit="days",
        source="[A] no source; banks hear of it from each other and from victims",
        low=0.01,
        high=365,
    )
    taken_over_share: float = parameter(
        "share of phone numbers, web accounts and shops that were somebody else's: spoofed "
        "numbers, hacked accounts, shops taken over",
        unit="share",
        source="[A] hacked accounts and spoofed numbers are documented, their share is not",
        low=0,
        high=1,
    )
    starts_day: float = parameter(
        "day of the world on which the form emerges; 0 means it was always there",
        unit="days",
        source="[A] a choice: switched off at 0",
        low=0,
        high=1100,
    )
    ramp_days: float = parameter(
        "days after that until it is at full strength",
        unit="days",
        source="[A] bank-helpdesk fraud took about a year (NVB 2019-2020)",
        low=0,
        high=1100,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Spending:
    """How the money leaves the mule account."""

    moved_share: float = parameter(
        "share of mule receipts moved on from the account",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    hops_mean: float = parameter(
        "mean number of mule accounts in a chain, the first included",
        unit="accounts",
        source="[A] chains over two to three banks",
        low=1,
        high=3,
    )
    other_bank_share: float = parameter(
        "share of hops to an account at another bank",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    hours_median: float = parameter(
        "median time until the money is moved on",
        unit="hours",
        source="[A] fast cash-out is documented (nrc.nl 18-10-2019), its speed is not",
        low=0.1,
        high=240,
    )
    cash_share: float = parameter(
        "share of chains that end at a cash machine", unit="share", source="[A]", low=0, high=1
    )
    crypto_share: float = parameter(
        "share of chains that end at a crypto exchange; the rest stays with the last account",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Reporting:
    """Which victims report the fraud, to whom, how late and how accurately."""

    bank_share: float = parameter(
        "share of victims (with a median loss) who tell their bank",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    police_share: float = parameter(
        "share of victims (with a median loss) who file with the police",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    platform_share: float = parameter(
        "share of victims (with a median loss) who tell the platform, shop or exchange involved",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    helpdesk_share: float = parameter(
        "share of victims (with a median loss) who tell the Fraudehelpdesk",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    loss_slope: float = parameter(
        "rise of the log-odds of reporting for every unit of log-loss",
        unit="log-odds",
        source="[A] three sources give a mean loss of EUR 2,800, 7,000 and 28,000: large losses "
        "are reported more; the strength is unknown",
        low=0,
        high=3,
    )
    delay_days_median: float = parameter(
        "median delay of a report", unit="days", source="[A] no source", low=0.01, high=365
    )
    delay_days_p90: float = parameter(
        "delay within which nine in ten reports arrive",
        unit="days",
        source="[A] no source",
        low=0.02,
        high=730,
    )
    withdrawn_share: float = parameter(
        "share of reports withdrawn later",
        unit="share",
        source="[A] no source but for purchase fraud",
        low=0,
        high=0.5,
    )
    withdrawn_days_median: float = parameter(
        "median time until such a report is withdrawn",
        unit="days",
        source="[A] no source",
        low=0.1,
        high=365,
    )
    wrong_form_share: float = parameter(
        "share of reports recorded under another fraud form",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.5,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Drift:
    """A new modus operandi from a day on, at all banks or at one; factor 1 changes nothing."""

    from_day: float = parameter(
        "day of the world on which the way of working changes",
        unit="days",
        source="[A] a choice",
        low=0,
        high=1100,
    )
    only_bank: str | None  # affects victims at this bank only; null = at every bank
    amount_factor: float = parameter(
        "amounts become so many times higher", unit="times", source="[A]", low=0.01, high=100
    )
    wait_factor: float = parameter(
        "waits between steps become so many times longer",
        unit="times",
        source="[A]",
        low=0.01,
        high=100,
    )
    visible_factor: float = parameter(
        "share of calls and texts that an operator sees becomes so many times what it was",
        unit="times",
        source="[A] criminals move to internet calls",
        low=0,
        high=1,
    )

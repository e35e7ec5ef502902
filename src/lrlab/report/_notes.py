"""What else a study's answer says, a sentence each: by test loss, of seeds that failed, of other test examples."""

from collections.abc import Sequence

from ..spec import Claim, StudyResults, each_once, suggestion_sentence
from ._claim_words import bound_words, failed_on, margin_words
from ._numbers import plain, scale_of
from ._words import capitalized, join_names

COVERS = "All of it is about these settings, these seeds and this test set."
COVERS_SPLITS = "All of it is about these settings and these seeds, each with a split of its own."


def answer_notes(results: StudyResults) -> list[str]:
    """Sentences beside the answer; where nothing was learned, or compared, of the optimizer alone."""
    if not results.claims or not any(row.learned for row in results.rows):
        return _suggestion_sentences(results)
    return [
        *_suggestion_sentences(results),
        *_loss_sentences(results),
        *_failure_sentences(results),
        *_example_sentences(results),
        *_average_sentences(results),
        COVERS_SPLITS if _is_split_anew(results) else COVERS,
    ]


def _suggestion_sentences(results: StudyResults) -> list[str]:
    """Says that the task's own suggestion trained, as nobody named an optimizer."""
    sentence = suggestion_sentence(results.study)
    return [f"{capitalized(sentence)}."] * bool(sentence)


def covers_sentences(results: StudyResults) -> list[str]:
    """What a claim covers, at length."""
    margin = results.margin
    within = (
        "There is no verdict \u201cwithin\u201d, as the leader's validation score is 0 or unknown; --margin gives one."
        if margin is None
        else f"\u201cWithin\u201d is {margin_words(margin.value, scale_of(results))}: {margin.why}."
    )
    crossed = any(claim.crossed_low is not None for claim in results.claims)
    return [
        "A claim is about the settings that were tried, at the peaks chosen for them: another range of peaks, another "
        "batch size or budget may order them otherwise.",
        "It is about seeds drawn as these were. The test asks whether a seed is as likely to favour the one as the "
        "other; an arm that is better on most seeds and fails on some may be claimed better, so failures are counted.",
        _split_words(results)
        + (" The intervals over seeds and examples say what other examples of the kind would add." if crossed else ""),
        within,
        "Intervals are those of the sign-flip test, 95 %, each for itself; adjusted p is over all questions.",
    ]


def _is_split_anew(results: StudyResults) -> bool:
    """Whether each seed drew its own split, as the task's name says."""
    return "split=fresh" in results.study.task


def _split_words(results: StudyResults) -> str:
    if _is_split_anew(results):
        return "Each seed trained and was tested on a split of its own, so that it is about none of them in particular."
    return "It is about this test set."


def crossed_holds(claim: Claim) -> bool | None:
    """Whether a difference that is claimed is one with other test examples too; None: not claimed, or not known."""
    if not claim.verdict or claim.crossed_low is None or claim.crossed_high is None:
        return None
    return claim.crossed_low > 0 or claim.crossed_high < 0


def _loss_sentences(results: StudyResults) -> list[str]:
    claims = results.loss_claims
    if len(claims) < 2:
        return [f"By test loss {_single_loss_words(claim)}." for claim in claims]
    better, within = sum(bool(claim.verdict) for claim in claims), sum(claim.within is not None for claim in claims)
    parts = [f"{better} by a difference"] * (better > 0)
    parts += [f"{within} by lying within {_loss_margin(claims)}"] if within else []
    against = [
        f"{by_loss.verdict} is the better one against {by_score.verdict}"
        for by_loss, by_score in zip(claims, results.claims, strict=True)
        if by_loss.verdict and by_score.verdict and by_loss.verdict != by_score.verdict
    ]
    other = f"; there {join_names(against)}" if against else ""
    how = f": {join_names(parts)}" if parts else ""
    answered = f"{better + within} of {len(claims)}" if better + within else f"none of {len(claims)}"
    return [f"By test loss {answered} {'is' if better + within < 2 else 'are'} answered{how}{other}."]


def _single_loss_words(claim: Claim) -> str:
    if claim.verdict:
        return f"{claim.verdict} is the better one"
    return f"both lie within {_loss_margin([claim])}" if claim.within is not None else "none is better"


def _loss_margin(claims: Sequence[Claim]) -> str:
    """The margin of the claims by loss that are within it; at least one is."""
    return plain(next(claim.within for claim in claims if claim.within is not None))


def _failure_sentences(results: StudyResults) -> list[str]:
    """Of each arm above chance that failed on some seeds; of the others together."""
    rows = [row for row in results.rows if row.learned]
    failing = [failed_on(row.label, row.failed, row.seeds) for row in rows if row.failed]
    clean = [row for row in rows if not row.failed]
    if not clean:
        return [f"{'; '.join(failing)}."]
    fewest, most = min(row.seeds for row in clean), max(row.seeds for row in clean)
    bound = bound_words(0, fewest)
    if not failing:
        seeds = f"{most} seeds" if fewest == most else f"{fewest} to {most} seeds"
        return [_no_failure(seeds, bound, results)]
    return [f"{'; '.join(failing)}; the others did not fail, and may on up to {bound}."]


def _no_failure(seeds: str, bound: str, results: StudyResults) -> str:
    """That no seed failed; of a loop, of which chance is not known, no more than that none is known to have."""
    if not results.own_loop:
        return f"No seed failed; with {seeds}, up to {bound} may still fail."
    return (
        f"No seed diverged or fell far behind its arm; with {seeds}, up to {bound} still may. What guessing would "
        "score is not known of a loop: whether it learned more is for you to see."
    )


def _average_sentences(results: StudyResults) -> list[str]:
    """What averages of weights cost, and what they evaluate; none where there are none."""
    every = each_once(record.trial.average for record in results.confirmed)
    averages = {str(average): average for average in every if average}
    if not averages:
        return []
    copies = {
        name: "1 copy" if each.checkpoints == 1 else f"{each.checkpoints} copies" for name, each in averages.items()
    }
    held = join_names([f"{name} {copies[name]}" for name in copies])
    words = (
        f"Averages are evaluated in place of the trained weights and need extra copies of these: {held}; batch "
        f"norm's statistics are estimated on training batches before each evaluation."
    )
    return [words, *_sharing_sentences(results)]


def _sharing_sentences(results: StudyResults) -> list[str]:
    """Which trials were trained as one; none where each was trained for itself."""
    records = results.tuned + results.confirmed
    sharing = [record for record in records if record.provenance.shared_with]
    if not sharing:
        return []
    return [
        f"{len(sharing):,} of {len(records):,} trials differ from others only in their average and shared a training "
        f"with them: the seconds of each are its part; alone it would have taken longer."
    ]


def _example_sentences(results: StudyResults) -> list[str]:
    known = [holds for holds in map(crossed_holds, results.claims) if holds is not None]
    if not known:
        return []
    if len(known) == 1:
        return [f"Counting the test examples too, the difference {'holds' if known[0] else 'may be none'}."]
    holding = f"all {len(known)}" if all(known) else f"{sum(known)} of the {len(known)}"
    return [f"Counting the test examples too, {holding} differences hold."]

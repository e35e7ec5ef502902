"""How a study came to its numbers, in words."""

from ..spec import StudyResults, counted, halving_words, spoken


def method_sentences(results: StudyResults) -> list[str]:
    """What was trained, what was chosen by which data, what was compared and how sure one can be: a sentence each."""
    study = results.study
    tuned, confirm = len(study.tune.seeds), len(study.confirm.seeds)
    sentences = [f"Every trial trains {study.task} for {spoken(study.budget)}."]
    if study.tuned:
        sentences.append(
            f"Tuning: each schedule's peak or candidate was chosen on validation data, on {counted(tuned, 'seed')}; no "
            "test data was looked at."
        )
    elif any(study.tuned_settings):
        sentences.append(
            "Tuning: of an arm with several candidates, one was chosen on validation data, on "
            f"{counted(tuned, 'seed')}; no test data was looked at."
        )
    if results.rungs and study.tune.halving:
        sentences.append(halving_words(study.tune.halving, results.rungs))
    if any(study.tuned_settings):
        sentences.append(f"Confirming: what was chosen was trained again on {counted(confirm, 'fresh seed')}.")
    else:
        sentences.append(f"Nothing was chosen: each arm has one candidate, trained on {counted(confirm, 'seed')}.")
    sentences += [
        "All schedules share a seed's initial weights, batches and augmentation, so that differences are paired.",
        "A seed that diverged counts as the worst score of all.",
    ]
    if results.claims:
        sentences.append(
            f"{counted(len(results.claims), 'question')}, by the sign-flip test over the seeds, 95 % intervals; "
            "adjusted p is over all questions, so that the chance of any false claim is at most 5 %."
        )
    return [*sentences, "No number is the best over epochs: what counts is the final update."]

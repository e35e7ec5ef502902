"""Whether more of a metric is better, by its name."""

import re


def list_words(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


UP = list_words("""
acc accuracy top1 top5 precision recall f1 fbeta fscore auc auroc auprc roc ap map mrr ndcg bleu chrf rouge rougel
meteor r2 rsq reward return score iou miou jaccard dice psnr ssim kappa mcc sensitivity specificity em pass correct
wins winrate success throughput explained likelihood elbo corr correlation pearson spearman cider spice is hits
""")
DOWN = list_words("""
loss losses error err errors ppl perplexity mse mae rmse mape smape nll bce ce xent crossentropy entropy fid kid wer
cer ter bpb bpc bpt time seconds runtime duration latency regret cost ece brier mpjpe hinge deviance lpips edit
logloss nlpd crps rmsle kl divergence distance fpr fnr eer miss
""")


def split_words(name: str) -> list[str]:
    """The words of a name, in small letters, without a unit in brackets.

    >>> split_words("testTop1Accuracy (%)"), split_words("val/F1_macro")
    (['test', 'top1', 'accuracy'], ['val', 'f1', 'macro'])
    """
    plain = re.sub(r"[(\[{][^)\]}]*[)\]}]\s*$", "", name)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", plain).lower()
    plain = plain.replace("r^2", "r2").replace("top-", "top").replace("r²", "r2")
    return [word for word in re.split(r"[^a-z0-9]+", plain) if word]


def higher_is_better_by_name(name: str) -> bool | None:
    """Whether more of a metric is better, by the words of its name; None where they do not say, or contradict.

    >>> higher_is_better_by_name("test_acc"), higher_is_better_by_name("val/loss"), higher_is_better_by_name("quality")
    (True, False, None)
    """
    words = split_words(name)
    if words[:2] in (["neg", "loss"], ["negative", "loss"]):
        return True
    if {"negative", "neg"} & set(words) and {"likelihood", "ll"} & set(words):
        return False
    down, up = any(word in DOWN for word in words), any(word in UP for word in words)
    if down:  # "score_time", "error_rate_at_top1": what is counted down decides, unless the last word says up
        return words[-1] in UP and words[-1] not in DOWN
    return True if up else None

"""Whether more of a metric is better, by its name."""

import re


def list_words(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


UP = list_words("""
acc acc1 acc5 prec1 prec5 accuracy precision recall f1 fbeta fscore auc auroc auprc roc ap ap50 ap75 map map50 map75
mrr ndcg bleu sacrebleu chrf rouge rouge1 rouge2 rougel rougelsum meteor r2 rsq rew reward rewards return returns iou
miou jaccard dice psnr ssim kappa mcc matthews sensitivity specificity em pass correct win wins winrate success
throughput explained likelihood elbo corr correlation pearson pearsonr spearman spearmanr cider spice hits exactmatch
truepositive
""")
WEAK_UP = list_words("score scores top1 top5 top")  # up by themselves; beside another word that one decides
DOWN = list_words("""
loss losses error errors err ppl perplexity mse mae rmse mape smape nll bce ce xent crossentropy entropy fid kid wer cer
ter bpb bpc bpt bitsper time seconds runtime duration latency regret cost ece brier mpjpe hinge deviance lpips logloss
nlpd crps rmsle kl divergence distance fpr fnr eer miss memory misclassification falsepositive falsenegative logloss
""")
COSTS = list_words("""
time times seconds minutes hours days walltime runtime steps step updates update iterations iteration iters iter epochs
epoch batches rounds tokens samples examples episodes frames queries evaluations evals flop flops energy joules kwh cost
costs price
""")  # what it takes to get somewhere, as in "steps_to_accuracy"
UP_TO = ("to", "until", "till")
PHRASES = {
    "exact match": "exactmatch",
    "bits per": "bitsper",
    "true positive": "truepositive",
    "false positive": "falsepositive",
    "false negative": "falsenegative",
    "negative log": "neg log",
    "minus": "neg",
}


def split_words(name: str) -> list[str]:
    """The words of a name, in small letters, without a unit in brackets.

    >>> split_words("testTop1Accuracy (%)"), split_words("val/F1_macro")
    (['test', 'top1', 'accuracy'], ['val', 'f1', 'macro'])
    """
    plain = re.sub(r"[(\[{][^)\]}]*[)\]}]\s*$", "", name)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", plain).lower()
    plain = plain.replace("r^2", "r2").replace("top-", "top").replace("r²", "r2")
    return [word for word in re.split(r"[\W_]+", plain) if word]


def is_cost_of_reaching(name: str) -> bool:
    """Whether a metric is what it took to reach a value of another, of which it only has the name.

    >>> is_cost_of_reaching("gpu_hours_to_90_acc"), is_cost_of_reaching("acc_epochs_1_to_5")
    (True, False)
    """
    words = split_words(name)
    ways = [place for place, word in enumerate(words[1:-1], 1) if word in UP_TO]
    return any(words[place - 1] in COSTS or (words[0] in COSTS and not words[place - 1].isdigit()) for place in ways)


def higher_is_better_by_name(name: str) -> bool | None:
    """Whether more of a metric is better, by the words of its name; None where they do not say, or contradict.

    >>> higher_is_better_by_name("test_acc"), higher_is_better_by_name("val/loss"), higher_is_better_by_name("quality")
    (True, False, None)
    """
    text = " ".join(split_words(name))
    for phrase, word in PHRASES.items():
        text = text.replace(phrase, word)
    words = text.split()
    if is_cost_of_reaching(name):
        return "neg" in words
    told = [word in UP for word in words if word in UP or word in DOWN]
    if not told:
        return True if any(word in WEAK_UP for word in words) else None
    if len(set(told)) > 1 and told[-1] and words[0] not in ("time", "seconds"):
        return None  # "loss_accuracy"; but an "accuracy_loss" is a loss, and a "time_to_accuracy" a time
    up = told[-1] if words[0] not in ("time", "seconds") else False
    return up != ("neg" in words)

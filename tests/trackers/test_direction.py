"""The direction of a metric by its name: known, or not guessed."""

import pytest

from lrlab.trackers import higher_is_better_by_name

UP = """
acc, accuracy, test_acc, val/acc, eval_accuracy, Accuracy, test/top1, top-5, top5_acc, valAcc, binary_accuracy, f1,
sparse_categorical_accuracy, macro_f1, F1-score, f1_score, precision, recall, auc, roc_auc, AUROC,
average_precision, mAP, map@50, bleu, BLEU-4, sacrebleu, rouge1, rougeL, meteor, r2, R², r2_score, reward,
mean_reward, episode_reward_mean, return, episodic_return, score, final_score, iou, mIoU, dice, psnr, ssim, pass@1,
exact_match, em, mcc, kappa, matthews_correlation, pearson, spearmanr, ndcg@10, mrr, win_rate, success_rate,
throughput, elbo, log_likelihood, accuracy (%), neg_log_loss, hits@10, explained_variance, true_positive_rate,
acc_epochs_1_to_5, epochs_1_to_5_acc, accuracy_to_date, neg_steps_to_accuracy
"""
DOWN = """
loss, test_loss, val/loss, eval_loss, training_loss, train/loss, cross_entropy, crossentropy, ce, error, err,
error_rate, test_error, top1_error, ppl, perplexity, top1_err, val_ppl, mse, MSE, mae, rmse, RMSE, mape, nll, fid,
FID, wer, cer, bpb, negative_log_likelihood, bits_per_byte, bpc, time, wall_time, train_time, time_to_target,
seconds, latency, regret, ece, brier_score, logloss, log_loss, eval/loss, kl_divergence, loss (nats),
mean_squared_error, mean_absolute_error, cost, false_positive_rate, memory, hamming_loss, neg_log_likelihood,
misclassification, word_error_rate, time_to_accuracy, neg_accuracy, top1_error_at_5, steps_to_accuracy, epochs_to_acc,
hours_to_90_acc, tokens_to_accuracy, test/steps_to_accuracy, num_updates_to_f1, stepsToAcc, updates_until_accuracy,
steps_needed_to_reach_acc, test_time_to_accuracy
"""
UNKNOWN = "loss_accuracy, is_done, quality, x, metric, value, temperature, gap, steps_to, 12, größe, test, lr, "


def names(text):
    return [name.strip() for name in text.split(",")]


@pytest.mark.parametrize(("text", "expected"), [(UP, True), (DOWN, False), (UNKNOWN, None)])
def test_directions(text, expected):
    assert len(names(text)) > 10
    assert {name: higher_is_better_by_name(name) for name in names(text)} == dict.fromkeys(names(text), expected)

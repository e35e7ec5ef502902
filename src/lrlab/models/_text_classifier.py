"""A classifier of short texts: the mean of its tokens' vectors, then two linear layers."""

from torch import Tensor, nn

from ._options import check_counts


def text_classifier(vocabulary: int, classes: int, dim: int = 32) -> nn.Module:
    """Token ids (B, L) int64, 0 where a text has ended, to scores (B, classes).

    The vectors of a text's tokens are averaged, padding left out; then linear, relu, linear. The order of tokens does
    not count. With a vocabulary of 1000 and 8 classes: 33,320 parameters.
    vocabulary: ids are 0 .. vocabulary - 1. classes: scores of a text. dim: width of the vectors and the hidden layer.
    Weights: torch's defaults; the vector of 0 is zero and stays so. Raises TaskError for options that cannot work.
    Source: Iyyer et al., "Deep unordered composition rivals syntactic methods for text classification" (2015).
    """
    check_counts("text_classifier", vocabulary=vocabulary, classes=classes, dim=dim)
    return TextClassifier(vocabulary, classes, dim)


class TextClassifier(nn.Module):
    """See `text_classifier`."""

    def __init__(self, vocabulary: int, classes: int, dim: int) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, dim, padding_idx=0)
        self.hidden, self.relu, self.head = nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, classes)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, L) int64 to (B, classes)."""
        lengths = (ids != 0).sum(1, keepdim=True).clamp(min=1)
        mean = self.tokens(ids).sum(1) / lengths  # padding has the zero vector
        return self.head(self.relu(self.hidden(mean)))

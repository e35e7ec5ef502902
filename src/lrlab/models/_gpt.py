"""A small GPT: tokens in, a score for every next token out."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ._options import check_counts, check_heads

SPREAD = 0.02  # standard deviation of every initial weight, as in GPT-2


def gpt(vocabulary: int, context: int = 64, dim: int = 64, heads: int = 4, blocks: int = 2) -> nn.Module:
    """A decoder of pre-norm blocks: token ids (B, L) int64, L up to `context`, to scores (B, L, vocabulary).

    Position l sees tokens 0 .. l. A block is x + attention(norm(x)), then x + mlp(norm(x)); the mlp is linear to 4 dim,
    GELU, linear back. Positions are learned. No dropout. The last linear layer has weights of its own, not those of the
    token table: with few tokens sharing saves little, and each matrix has one role for optimizers that treat tables and
    matrices apart. With a vocabulary of 100: 116,992 parameters.
    vocabulary: ids are 0 .. vocabulary - 1. context: the longest sequence. dim: width, a multiple of heads. heads: of
    the attention. blocks: how many.
    Weights: normal, standard deviation 0.02; the last matrix of each attention and mlp is divided by sqrt(2 blocks);
    biases 0. Raises TaskError for options that cannot work.
    Source: Radford et al., "Language models are unsupervised multitask learners" (2019).
    """
    check_counts("gpt", vocabulary=vocabulary, context=context, dim=dim, heads=heads, blocks=blocks)
    check_heads("gpt", dim, heads)
    return GPT(vocabulary, context, dim, heads, blocks)


class GPT(nn.Module):
    """See `gpt`."""

    def __init__(self, vocabulary: int, context: int, dim: int, heads: int, blocks: int) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, dim)
        self.positions = nn.Parameter(torch.empty(context, dim))
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(blocks)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, vocabulary, bias=False)
        self._draw_weights(blocks)

    def _draw_weights(self, blocks: int) -> None:
        nn.init.normal_(self.positions, std=SPREAD)
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                last = name.endswith((".joined", ".down"))
                nn.init.normal_(module.weight, std=SPREAD / (2 * blocks) ** 0.5 if last else SPREAD)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, L) int64 to (B, L, vocabulary)."""
        x = self.tokens(ids) + self.positions[: ids.size(1)]
        return self.head(self.norm(self.blocks(x)))


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.attention_norm, self.attention = nn.LayerNorm(dim), CausalAttention(dim, heads)
        self.mlp_norm, self.up, self.down = nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.gelu = nn.GELU(approximate="tanh")

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, dim) to the same."""
        x = x + self.attention(self.attention_norm(x))
        return x + self.down(self.gelu(self.up(self.mlp_norm(x))))


class CausalAttention(nn.Module):
    """softmax(q k' / sqrt(dim / heads)) v over the positions up to its own, in every head; then a linear layer."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries_keys_values = nn.Linear(dim, 3 * dim)
        self.joined = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, dim) to the same."""
        split = self.queries_keys_values(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(
            split[0], split[1], split[2], is_causal=True
        )  # (B, heads, L, dim / heads)
        return self.joined(mixed.transpose(1, 2).flatten(2))

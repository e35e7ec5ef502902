"""Small networks as other people write them, each with the inputs it takes: what the layouts are compared on."""

import math

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.models import gpt, text_classifier, unet

V, L, D = 11, 6, 8  # tokens, positions, width


def ids(count, batch, generator):
    """Tokens (count, batch, L); the ends of some texts are 0."""
    made = torch.randint(1, V, (count, batch, L), generator=generator)
    made[:, ::2, L - 2 :] = 0
    return made


def vectors(count, batch, generator):
    return torch.randn(count, batch, L, D, generator=generator)


def images(count, batch, generator):
    return torch.randn(count, batch, 2, 8, 8, generator=generator)


class Scratch(nn.Module):
    """A decoder as tutorials write it: a mask in a buffer, positions by arange, heads by view and transpose."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(V, D), nn.Embedding(L, D)
        self.mix, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.first, self.second = nn.LayerNorm(D), nn.LayerNorm(D, bias=False)
        self.mlp = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D), nn.Dropout(0.1))
        self.register_buffer("mask", torch.tril(torch.ones(L, L)).view(1, 1, L, L))
        self.head = nn.Linear(D, V, bias=False)
        self.head.weight = self.words.weight
        self.drop = nn.Dropout(0.2)

    def forward(self, idx):
        b, t = idx.size()
        x = self.words(idx) + self.places(torch.arange(0, t, dtype=torch.long, device=idx.device))
        x = self.drop(x)
        q, k, v = self.mix(self.first(x)).split(D, dim=2)
        q, k, v = (y.view(b, t, 2, D // 2).transpose(1, 2) for y in (q, k, v))
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf"))
        y = F.softmax(att, dim=-1) @ v
        x = x + self.out(y.transpose(1, 2).contiguous().view(b, t, D))
        return self.head(x + self.mlp(self.second(x)))


class Rotary(nn.Module):
    """RMS norm, rotated queries and keys, a gated mlp, scores by einsum."""

    def __init__(self):
        super().__init__()
        self.words, self.norm, self.last = nn.Embedding(V, D), nn.RMSNorm(D), nn.RMSNorm(D, elementwise_affine=False)
        self.q, self.k, self.v = (nn.Linear(D, D, bias=False) for _ in range(3))
        self.gate, self.up, self.down = nn.Linear(D, 12), nn.Linear(D, 12), nn.Linear(12, D)
        angles = torch.outer(torch.arange(L), 10.0 ** -torch.arange(0, 1, 0.5))
        self.register_buffer("cos", angles.cos().repeat(1, 2), persistent=False)
        self.register_buffer("sin", angles.sin().repeat(1, 2), persistent=False)
        self.scale = nn.Parameter(torch.ones(2, 1, 1))

    def turn(self, x):
        first, second = x.chunk(2, dim=-1)
        return x * self.cos[: x.shape[-2]] + torch.cat((-second, first), dim=-1) * self.sin[: x.shape[-2]]

    def forward(self, tokens):
        b, t = tokens.shape
        x = self.words(tokens)
        h = self.norm(x)
        q, k, v = (layer(h).view(b, t, 2, -1).transpose(1, 2) for layer in (self.q, self.k, self.v))
        scores = torch.einsum("bhid,bhjd->bhij", self.turn(q), self.turn(k)) * self.scale / 2
        mask = torch.ones(t, t, dtype=torch.bool, device=tokens.device).triu(1)
        weights = scores.masked_fill(mask, -1e9).softmax(-1)
        x = x + torch.matmul(weights, v).transpose(1, 2).reshape(b, t, D)
        return self.last(x + self.down(F.silu(self.gate(x)) * self.up(x))).mean(dim=1)


class SequenceFirst(nn.Module):
    """torch's encoder with positions before the batch, a causal mask and a table of sines."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(V, D)
        layer = nn.TransformerEncoderLayer(D, 2, 12, dropout=0.0, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(D), enable_nested_tensor=False)
        place = torch.arange(L).unsqueeze(1) * torch.exp(torch.arange(0, D, 2) * (-math.log(10000.0) / D))
        self.register_buffer("table", torch.stack([place.sin(), place.cos()], -1).view(L, 1, D))
        self.head = nn.Linear(D, V)

    def forward(self, tokens):
        x = self.words(tokens.transpose(0, 1)) * math.sqrt(D)
        x = x + self.table[: x.size(0)]
        mask = torch.triu(torch.full((L, L), float("-inf")), 1).to(x.dtype)
        return self.head(self.encoder(x, mask)).transpose(0, 1)


class Padded(nn.Module):
    """torch's encoder with its norms first and padding left out."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(V, D, padding_idx=0)
        layer = nn.TransformerEncoderLayer(D, 2, 12, 0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(D, 3)

    def forward(self, tokens):
        padding = tokens == 0
        x = self.encoder(self.words(tokens), src_key_padding_mask=padding)
        kept = (~padding).unsqueeze(-1).to(x.dtype)
        return self.head((x * kept).sum(1) / kept.sum(1).clamp(min=1))


class CrossAttention(nn.Module):
    """Learned queries that look at the vectors."""

    def __init__(self):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(3, D))
        self.attention = nn.MultiheadAttention(D, 2, bias=False, batch_first=True)
        self.head = nn.Linear(3 * D, 4)

    def forward(self, x):
        q = self.queries.expand(x.shape[0], -1, -1)
        mixed, _ = self.attention(q, x, x, need_weights=False, attn_mask=torch.eye(3, L).bool())
        return self.head(mixed.flatten(1))


class Patches(nn.Module):
    """A vision transformer: patches by a convolution, a class token, positions."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(2, D, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, D))
        self.places = nn.Parameter(torch.randn(1, 5, D))
        self.qkv, self.out, self.norm = nn.Linear(D, 3 * D), nn.Linear(D, D), nn.LayerNorm(D)
        self.scale, self.head = nn.Parameter(torch.full((D,), 0.5)), nn.Linear(D, 4)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1) + self.places
        q, k, v = self.qkv(self.norm(x)).reshape(x.shape[0], -1, 3, 2, D // 2).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v)
        x = x + self.scale * self.out(mixed.transpose(1, 2).reshape(x.shape[0], -1, D))
        return self.head(x[:, 0])


class Convolved(nn.Module):
    """Convolutions over text: the largest of each channel, at three widths."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(V, D)
        self.layers = nn.ModuleList(nn.Conv1d(D, 4, width, padding=width // 2, dilation=1) for width in (1, 3, 5))
        self.head = nn.Linear(12, 3)

    def forward(self, tokens):
        x = self.words(tokens).transpose(1, 2)
        found = [torch.max(F.relu(layer(x)), dim=2)[0] for layer in self.layers]
        return self.head(torch.cat(found, 1))


class Mixer(nn.Module):
    """Linear layers across positions and across channels; a parameter times a value."""

    def __init__(self):
        super().__init__()
        self.across, self.within = nn.Linear(L, L), nn.Linear(D, D)
        self.weight, self.bias = nn.Parameter(torch.randn(D, D)), nn.Parameter(torch.randn(D))
        self.own = nn.Parameter(torch.randn(5, D))

    def forward(self, x):
        x = x + self.across(x.transpose(1, 2)).transpose(1, 2)
        x = torch.where(x > 0, F.glu(torch.cat([x, self.within(x)], -1)), x @ self.weight + self.bias)
        x = torch.stack([x, x.pow(2)], dim=1).sum(1) + F.pad(x, (0, 0, 1, -1))
        return F.linear(x, self.own).amax(1)


class Recurrent(nn.Module):
    """Two layers in both directions, positions first, then one that reads the batch first."""

    def __init__(self, first=nn.LSTM, second=nn.GRU):
        super().__init__()
        self.first = first(D, 5, num_layers=2, bidirectional=True)
        self.second, self.head = second(10, 4, batch_first=True, bias=False), nn.Linear(4, 3)

    def forward(self, x):
        x, _ = self.first(x.permute(1, 0, 2))
        x, _ = self.second(x.transpose(0, 1))
        return self.head(x[:, -1])


class Raised(nn.Module):
    """Up and down again: transposed, dilated and strided convolutions, interpolation, norms of channels."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.InstanceNorm2d(4, affine=True), nn.SiLU())
        self.wide = nn.Sequential(nn.Conv2d(4, 4, 3, padding=2, dilation=2), nn.GroupNorm(2, 4), nn.ReLU(inplace=True))
        self.up = nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.flat = nn.ConvTranspose1d(8, 8, 2, stride=2, bias=False)
        self.twice, self.shift = nn.Upsample(scale_factor=2, mode="bilinear"), nn.Parameter(torch.randn(6, 1, 1))
        self.head = nn.Conv2d(10, 3, 1)

    def forward(self, x):
        low = self.wide(self.down(x))
        high = torch.cat([self.up(low) + self.shift, F.interpolate(low, size=x.shape[2:], mode="nearest")], 1)
        high = high * torch.sigmoid(self.twice(low).mean(1, keepdim=True))
        out = self.head(high)
        return out + self.flat(out.mean(1))[:, None, :, ::2]


NETWORKS = {
    "gpt": (lambda: gpt(V, L, D, 2, 2), ids),
    "text classifier": (lambda: text_classifier(V, 3, D), ids),
    "unet": (lambda: unet(2, 3, 4), images),
    **{kind.__name__: (kind, ids) for kind in (Scratch, Rotary, SequenceFirst, Padded, Convolved)},
    **{kind.__name__: (kind, vectors) for kind in (CrossAttention, Mixer, Recurrent)},
    "plain recurrent": (lambda: Recurrent(nn.GRU, nn.RNN), vectors),
    **{kind.__name__: (kind, images) for kind in (Patches, Raised)},
}

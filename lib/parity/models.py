"""The models: tiny ones with all their numbers, full-size ones by the names and shapes of their weights."""

import json

import torch
from torch import nn

from vision import models  # before transformers, which would import torchvision in its own way

from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel

from fixture import FOLDER, integers, keeping_one, normal, values
from networks import Networks

cases = Networks("models")
case = cases.case


def write():
    early()
    alexnet()
    recurrent()
    translation()
    resnets()
    transformers()
    cases.save()
    names()


class MLP(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class LeNet(nn.Module):
    """LeNet-5 as it is taught today (LeCun et al. 1998)."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, x):
        x = nn.functional.avg_pool2d(self.conv1(x).tanh(), 2)
        x = nn.functional.avg_pool2d(self.conv2(x).tanh(), 2)
        return self.fc3(self.fc2(self.fc1(x.flatten(1)).tanh()).tanh())


def early():
    for sizes, optimizer in [([4, 6, 3], "Adam"), ([5, 8, 8, 2], "SGD")]:
        inputs = {"x": normal(7, sizes[0]), "targets": integers(0, sizes[-1], 7)}
        case("MLP", MLP(sizes), inputs, {"sizes": sizes}, targets="targets", optimizer=optimizer)
    inputs = {"x": normal(2, 1, 28, 28), "targets": integers(0, 3, 2)}
    case("LeNet", LeNet(3), inputs, {"classes": 3}, targets="targets", optimizer="SGD")


class RNNLanguageModel(nn.Module):
    def __init__(self, vocabulary, width, hidden, layers, cell):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.rnn = getattr(nn, cell.upper())(width, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, ids):
        return self.head(self.rnn(self.embedding(ids))[0])


def recurrent():
    for cell, layers in [("rnn", 1), ("lstm", 2), ("gru", 1)]:
        arguments = {"vocabulary": 9, "width": 4, "hidden": 5, "layers": layers, "cell": cell}
        inputs = {"ids": integers(0, 9, 3, 6), "targets": integers(0, 9, 3, 6)}
        case(
            "RNNLanguageModel", RNNLanguageModel(**arguments), inputs, arguments, targets="targets"
        )


class AdditiveAttention(nn.Module):
    """Bahdanau, Cho and Bengio 2015."""

    def __init__(self, queryWidth, keyWidth, hidden):
        super().__init__()
        self.query = nn.Linear(queryWidth, hidden, bias=False)
        self.key = nn.Linear(keyWidth, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, query, memory, mask):
        scores = self.score(torch.tanh(self.query(query)[:, None] + self.key(memory)))[..., 0]
        return scores.masked_fill(~mask, -torch.inf).softmax(-1)


class Seq2Seq(nn.Module):
    def __init__(self, sourceVocabulary, targetVocabulary, width, hidden):
        super().__init__()
        self.source_embedding = nn.Embedding(sourceVocabulary, width)
        self.target_embedding = nn.Embedding(targetVocabulary, width)
        self.forward_reader = nn.GRU(width, hidden, batch_first=True)
        self.backward_reader = nn.GRU(width, hidden, batch_first=True)
        self.bridge = nn.Linear(hidden, hidden)
        self.attention = AdditiveAttention(hidden, 2 * hidden, hidden)
        self.writer = nn.GRU(width + 2 * hidden, hidden, batch_first=True)
        self.head = nn.Linear(width + 3 * hidden, targetVocabulary)

    def forward(self, source, tokens):
        mask = source != 0
        read = self.source_embedding(source)
        backward = []
        for row, length in zip(read, mask.sum(1).tolist()):
            # Each source alone, without its padding, which is read after it in forward order.
            turned = torch.cat([row[:length].flip(0), row[length:]])
            output = self.backward_reader(turned[None])[0][0]
            backward.append(torch.cat([output[:length].flip(0), output[length:]]))
        backward = torch.stack(backward)
        memory = torch.cat([self.forward_reader(read)[0], backward], -1)
        state = torch.tanh(self.bridge(backward[:, 0]))
        logits, alignment = [], []
        for word in self.target_embedding(tokens).unbind(1):
            weights = self.attention(state, memory, mask)
            context = (weights[..., None] * memory).sum(1)
            state = self.writer(torch.cat([word, context], -1)[:, None], state[None])[1][0]
            logits.append(self.head(torch.cat([word, context, state], -1)))
            alignment.append(weights)
        return [torch.stack(logits, 1), torch.stack(alignment, 1)]


def translation():
    arguments = {"queryWidth": 3, "keyWidth": 4, "hidden": 5}
    inputs = {"query": normal(2, 3), "memory": normal(2, 6, 4), "mask": keeping_one(2, 6)}
    case("AdditiveAttention", AdditiveAttention(**arguments), inputs, arguments)
    arguments = {"sourceVocabulary": 8, "targetVocabulary": 7, "width": 3, "hidden": 4}
    source = values([[3, 1, 5, 2, 7], [4, 6, 2, 0, 0], [1, 7, 3, 5, 0]], "int32")
    inputs = {"source": source, "tokens": integers(0, 7, 3, 4), "targets": integers(0, 7, 3, 4)}
    case("Seq2Seq", Seq2Seq(**arguments), inputs, arguments, targets="targets")


class AlexNet(models.AlexNet):
    """torchvision's, with fewer channels."""

    def __init__(self, channels, hidden, classes):
        super().__init__(num_classes=classes, dropout=0)
        sizes = iter(channels)
        before = 3
        for i, layer in enumerate(self.features):
            if isinstance(layer, nn.Conv2d):
                width = next(sizes)
                self.features[i] = nn.Conv2d(
                    before, width, layer.kernel_size, layer.stride, layer.padding
                )
                before = width
        self.classifier[1] = nn.Linear(before * 36, hidden)
        self.classifier[4] = nn.Linear(hidden, hidden)
        self.classifier[6] = nn.Linear(hidden, classes)


def alexnet():
    arguments = {"channels": [3, 4, 5, 4, 4], "hidden": 6, "classes": 3}
    inputs = {"x": normal(2, 3, 63, 63), "targets": integers(0, 3, 2)}
    case(
        "AlexNet",
        AlexNet(**arguments),
        inputs,
        {**arguments, "dropout": 0},
        targets="targets",
        optimizer="SGD",
    )


class ResNet(models.ResNet):
    """torchvision's, with fewer channels."""

    def __init__(self, block, layers, widths, classes):
        nn.Module.__init__(self)
        self._norm_layer = nn.BatchNorm2d
        self.inplanes = widths[0]
        self.dilation, self.groups, self.base_width = 1, 1, 64
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for i, (count, width) in enumerate(zip(layers, widths)):
            setattr(
                self, f"layer{i + 1}", self._make_layer(block, width, count, 1 if i == 0 else 2)
            )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(widths[3] * block.expansion, classes)


def resnets():
    resnet = models.resnet
    for block, kind in ((resnet.BasicBlock, "BasicBlock"), (resnet.Bottleneck, "Bottleneck")):
        for stride, into in ((1, 4 if kind == "BasicBlock" else 16), (2, 3)):
            to = 4 * block.expansion
            around = None
            if stride > 1 or into != to:
                around = nn.Sequential(
                    nn.Conv2d(into, to, 1, stride, bias=False), nn.BatchNorm2d(to)
                )
            arguments = {"from": into, "width": 4, "stride": stride}
            case(
                kind,
                block(into, 4, stride, around),
                {"x": normal(3, into, 5, 5)},
                arguments,
                optimizer="SGD",
            )
    for block, name in ((resnet.BasicBlock, "basic"), (resnet.Bottleneck, "bottleneck")):
        layers = [2, 1, 1, 1]
        widths = [3, 3, 4, 4] if name == "basic" else [8, 8, 8, 8]
        arguments = {"block": name, "layers": layers, "widths": widths, "classes": 3}
        for training in (True, False):
            # A batch norm over few numbers makes rounding grow: with 3 images PyTorch's own float32
            # was as far as 1.4e-4 from its double precision. And training does: after the sixth step
            # a relu may fall the other way, and nothing is as it was.
            batch = 8 if training else 2
            inputs = {"x": normal(batch, 3, 33, 33), "targets": integers(0, 3, batch)}
            case(
                "ResNet",
                ResNet(block, layers, widths, 3),
                inputs,
                arguments,
                training,
                targets="targets",
                optimizer="SGD",
                steps=6,
            )


def transformers():
    arguments = {"vocabulary": 11, "context": 6, "width": 8, "heads": 2, "layers": 2}
    config = GPT2Config(
        vocab_size=11,
        n_positions=6,
        n_embd=8,
        n_head=2,
        n_layer=2,
        attn_pdrop=0,
        embd_pdrop=0,
        resid_pdrop=0,
    )
    inputs = {"ids": integers(0, 11, 2, 6), "targets": integers(0, 11, 2, 6)}
    model = GPT2LMHeadModel(config)
    case("GPT", model, inputs, arguments, targets="targets", call=lambda m, ids: m(ids).logits)
    written = model.generate(
        torch.tensor([[3, 7]]), do_sample=False, max_new_tokens=4, eos_token_id=None, pad_token_id=0
    )
    cases.fixture.cases[-1]["generated"] = written[0].tolist()

    arguments = {"vocabulary": 13, "context": 7, "width": 8, "heads": 2, "layers": 2, "hidden": 12}
    config = BertConfig(
        vocab_size=13,
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=12,
        max_position_embeddings=7,
        pad_token_id=None,  # or the embedding of token 0 would never learn
        hidden_dropout_prob=0,
        attention_probs_dropout_prob=0,
    )
    # No token 0: that is the padding, whose embedding Hugging Face does not train.
    inputs = {"ids": integers(1, 13, 2, 5), "targets": integers(0, 13, 2, 5)}
    case(
        "BERT",
        BertForMaskedLM(config),
        inputs,
        arguments,
        targets="targets",
        call=lambda m, ids: m(ids).logits,
    )
    call = lambda m, ids, segments, mask: m(ids, mask, segments).logits
    inputs = {
        "ids": integers(1, 13, 2, 4),
        "segments": integers(0, 2, 2, 4),
        "mask": ones_then_zeros(2, 4),
        "targets": integers(0, 13, 2, 4),
    }
    case("BERT", BertForMaskedLM(config), inputs, arguments, targets="targets", call=call)

    arguments = {
        "image": 8,
        "patch": 4,
        "width": 8,
        "heads": 2,
        "layers": 2,
        "hidden": 12,
        "classes": 3,
    }
    model = models.VisionTransformer(
        image_size=8,
        patch_size=4,
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        mlp_dim=12,
        num_classes=3,
    )
    inputs = {"x": normal(2, 3, 8, 8), "targets": integers(0, 3, 2)}
    case("ViT", model, inputs, arguments, targets="targets")


def ones_then_zeros(rows, columns):
    """A mask that hides the end of every row but the first: padding."""
    mask = integers(0, 2, rows, columns)
    mask.draw = lambda rng: (
        (torch.arange(columns) < torch.arange(columns, columns - rows, -1)[:, None]).int().numpy()
    )
    return mask


def names():
    """Shapes only: nothing is downloaded, and no weight takes any memory."""
    with torch.device("meta"):
        full = {
            "alexnet": models.alexnet(),
            "resnet18": models.resnet18(),
            "resnet50": models.resnet50(),
            "vit_b_16": models.vit_b_16(),
            "gpt2": GPT2LMHeadModel(GPT2Config()),
            "bert-base-uncased": BertForMaskedLM(BertConfig()),
        }
    shapes = {
        name: {key: list(x.shape) for key, x in model.state_dict().items()}
        for name, model in full.items()
    }
    lines = ",\n".join(f'"{name}": {json.dumps(state)}' for name, state in shapes.items())
    (FOLDER / "names.json").write_text(f"{{\n{lines}\n}}\n")
    print(f"names: {len(shapes)} models, {(FOLDER / 'names.json').stat().st_size / 1000:.0f} kB")

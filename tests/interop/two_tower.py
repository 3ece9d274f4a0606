# SPDX-License-Identifier: MIT
"""The two towers in PyTorch: loads two_tower_<run_id>.pt and computes its embeddings.

A bag is (rows, weights), both [N][L]: rows of the table, padded with row 0 and weight 0.
The user has three: liked, neutral, disliked.  Numerics are [N][numerics], already scaled.
    model = TwoTower.load("ml/artifacts/latest/two_tower_latest.pt")
    model.item_tower(bag, numerics), model.user_tower([liked, neutral, disliked], numerics)
Scores are model.log_scale.exp() * (user_embedding @ item_embedding.T)."""
import torch
from torch import nn


class TwoTower(nn.Module):
    def __init__(self, rows, dim, hidden, user_inputs, item_inputs):
        super().__init__()
        self.table = nn.EmbeddingBag(rows, dim, mode="sum")  # item ids, then content tokens
        self.item = nn.Linear(item_inputs, dim)  # dim + numerics
        self.user_skip = nn.Linear(user_inputs, dim)  # 3 * dim + numerics
        if hidden:
            self.user_first = nn.Linear(user_inputs, hidden)
            self.user_second = nn.Linear(hidden, dim)
        self.hidden = hidden
        self.log_scale = nn.Parameter(torch.zeros(()))

    @classmethod
    def load(cls, path):
        state = torch.load(path, weights_only=True)
        hidden = state["user_first.bias"].shape[0] if "user_first.bias" in state else 0
        model = cls(*state["table.weight"].shape, hidden, state["user_skip.weight"].shape[1],
                    state["item.weight"].shape[1])
        model.load_state_dict(state)
        return model.eval()

    def item_tower(self, bag, numerics):
        inputs = torch.cat([self.table(bag[0], per_sample_weights=bag[1]), numerics], 1)
        return nn.functional.normalize(self.item(inputs))

    def user_tower(self, bags, numerics):
        sums = [self.table(rows, per_sample_weights=weights) for rows, weights in bags]
        inputs = torch.cat([*sums, numerics], 1)
        out = self.user_skip(inputs)
        if self.hidden:
            out = out + self.user_second(torch.relu(self.user_first(inputs)))
        return nn.functional.normalize(out)

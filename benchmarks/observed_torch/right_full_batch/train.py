import numpy as np
import torch

rng = np.random.default_rng(5)
X = torch.tensor(rng.normal(0, 1, (600, 6)), dtype=torch.float32)
w = torch.tensor([1.5, -2.0, 0.7, 0.0, 0.3, 1.0])
y = ((X @ w + 0.3 * torch.tensor(rng.normal(0, 1, 600), dtype=torch.float32)) > 0).float()[:, None]
X_train, X_test, y_train, y_test = X[:450], X[450:], y[:450], y[450:]

model = torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.Tanh(), torch.nn.Linear(12, 1))
loss_fn = torch.nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(300):
    model.train()
    logits = model(X_train)
    loss = loss_fn(logits, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.inference_mode():
        test_logits = model(X_test)
        test_loss = loss_fn(test_logits, y_test)
    if epoch % 50 == 0:
        accuracy = ((test_logits > 0) == (y_test > 0.5)).float().mean()
        print(f"Epoch: {epoch} | Loss: {loss:.5f} | Test loss: {test_loss:.5f} acc {accuracy:.2f}")

"""Loops of PyTorch as they run: `seam` wraps public methods, `watch` hears of what they do.

torch is the user's, handed over once it was imported; nothing here imports it. What is asked of its
tensors never waits for an accelerator: figures of others than the CPU stay on their device until
they are ready.
"""

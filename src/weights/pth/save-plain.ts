/** Remedy for PyTorch files that hold more than weights. */
export const SAVE_PLAIN =
  'save the plain state dict with PyTorch, torch.save(model.state_dict(), "weights.pth"), and take that file';

/**
 * One step of Rosenblatt's rule: leave a right answer alone, move toward a mistaken point.
 * weights [n], bias a number, point [n], label -1 or +1 → new weights [n] and a new bias
 */
export function update(
  weights: number[],
  bias: number,
  point: number[],
  label: number,
): { weights: number[]; bias: number } {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
  const answer = score >= 0 ? 1 : -1;
  if (answer === label) return { weights: [...weights], bias };
  return {
    weights: weights.map((weight, j) => weight + label * point[j]),
    bias: bias + label,
  };
}

/** Matrices turned around, four by four numbers at a time. Steps are in bytes. */

/** An m × n matrix, written as n × m. */
export function transpose(m: i32, n: i32, from: usize, row: usize, to: usize, toRow: usize): void {
  let i = 0;
  for (; i + 4 <= m; i += 4, from += 4 * row, to += 16) transpose4(n, from, row, to, toRow);
  for (; i < m; i++, from += row, to += 4)
    for (let j = 0; j < n; j++)
      store<f32>(to + <usize>j * toRow, load<f32>(from + (<usize>j << 2)));
}

/** Four rows of n numbers, written as n rows of four. */
export function transpose4(n: i32, from: usize, row: usize, to: usize, toRow: usize): void {
  const row2 = row + row;
  const row3 = row2 + row;
  const to2 = toRow + toRow;
  const to3 = to2 + toRow;
  let i = 0;
  for (; i + 4 <= n; i += 4, from += 16, to += 4 * toRow) {
    const x0 = v128.load(from);
    const x1 = v128.load(from + row);
    const x2 = v128.load(from + row2);
    const x3 = v128.load(from + row3);
    const y0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
    const y1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
    const y2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
    const y3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(y0, y2, 0, 2));
    v128.store(to + toRow, v128.shuffle<f64>(y0, y2, 1, 3));
    v128.store(to + to2, v128.shuffle<f64>(y1, y3, 0, 2));
    v128.store(to + to3, v128.shuffle<f64>(y1, y3, 1, 3));
  }
  for (; i < n; i++, from += 4, to += toRow) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(from + row), 4);
    store<f32>(to, load<f32>(from + row2), 8);
    store<f32>(to, load<f32>(from + row3), 12);
  }
}

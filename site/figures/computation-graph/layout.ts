/** Where the nodes of a graph stand: inputs above, the result at the bottom. */
import type { Graph } from "./formula.ts";

export interface Placed {
  /** Centers, in pixels. */
  x: number;
  y: number;
}

export interface Layout {
  nodes: Placed[];
  width: number;
  height: number;
}

export const box = { width: 68, height: 58 };
const gap = { x: 8, y: 34 };
const margin = 6;

/**
 * An operation stands one layer below its lowest input, an input just above its first use. Within a layer each node
 * stands as near as can be to what it is connected with.
 */
export function place(graph: Graph, width: number): Layout {
  const layers = layersOf(graph);
  const rows: number[][] = [];
  graph.forEach((_, index) => {
    rows[layers[index]] ??= [];
    rows[layers[index]].push(index);
  });
  const widest = Math.max(...rows.map((row) => row.length));
  const room = Math.max(width, widest * (box.width + gap.x) - gap.x + 2 * margin);
  const x = graph.map(() => 0);
  for (const row of rows)
    spread(
      row,
      x,
      row.map((_, i) => ((i + 0.5) * room) / row.length),
      room,
    );
  const neighbors = graph.map((node, index) => [
    ...(node.kind === "operation" ? node.inputs : []),
    ...graph.flatMap((other, k) =>
      other.kind === "operation" && other.inputs.includes(index) ? [k] : [],
    ),
  ]);
  for (let round = 0; round < 24; round++)
    for (const row of round % 2 ? rows : rows.toReversed()) {
      const wishes = row.map((index) => {
        const places = neighbors[index].map((other) => x[other]);
        return places.length ? places.reduce((sum, one) => sum + one, 0) / places.length : x[index];
      });
      const order = row.map((_, i) => i).sort((p, q) => wishes[p] - wishes[q]);
      spread(
        order.map((i) => row[i]),
        x,
        order.map((i) => wishes[i]),
        room,
      );
    }
  // The whole in the middle of its room.
  const shift = (room - Math.min(...x) - Math.max(...x)) / 2;
  return {
    nodes: graph.map((_, index) => ({
      x: x[index] + shift,
      y: margin + box.height / 2 + layers[index] * (box.height + gap.y),
    })),
    width: room,
    height: rows.length * (box.height + gap.y) - gap.y + 2 * margin,
  };
}

function layersOf(graph: Graph): number[] {
  const layers = graph.map(() => 0);
  graph.forEach((node, index) => {
    if (node.kind === "operation")
      layers[index] = 1 + Math.max(...node.inputs.map((input) => layers[input]));
  });
  // Inputs move down to just above their first use.
  graph.forEach((node, index) => {
    if (node.kind === "operation") return;
    const uses = graph.flatMap((other, k) =>
      other.kind === "operation" && other.inputs.includes(index) ? [layers[k]] : [],
    );
    if (uses.length > 0) layers[index] = Math.min(...uses) - 1;
  });
  return layers;
}

/** Gives the nodes of a row places near their wishes, in this order, apart from each other and inside the room. */
function spread(
  row: readonly number[],
  x: number[],
  wishes: readonly number[],
  room: number,
): void {
  const apart = box.width + gap.x;
  const first = margin + box.width / 2;
  // Pushed apart to the right, then all of them back by as much as they were pushed on average.
  const places: number[] = [];
  for (const wish of wishes) places.push(Math.max(wish, (places.at(-1) ?? -Infinity) + apart));
  const pushed = places.reduce((sum, place, i) => sum + place - wishes[i], 0) / places.length;
  for (let i = 0; i < places.length; i++)
    places[i] = Math.max(places[i] - pushed, first + i * apart);
  for (let i = places.length - 1; i >= 0; i--)
    places[i] = Math.min(places[i], room - first - (places.length - 1 - i) * apart);
  row.forEach((index, i) => {
    x[index] = places[i];
  });
}

interface ThemeName {
  readonly id: string;
  readonly title: string;
}

/** The themes in the order of the reference, each with its files and folders of `src/`. */
const known: readonly (ThemeName & { readonly places: readonly string[] })[] = [
  { id: "tensor", title: "Tensors", places: ["tensor", "create", "dtype", "shape", "print"] },
  { id: "operations", title: "Operations", places: ["op", "ops", "functional"] },
  { id: "autograd", title: "Gradients", places: ["autograd", "gradcheck"] },
  { id: "nn", title: "Layers", places: ["nn/module", "nn"] },
  {
    id: "losses",
    title: "Losses",
    places: ["functional/loss", "functional/losses", "nn/loss", "nn/losses"],
  },
  { id: "optim", title: "Optimizers", places: ["optim/optimizer", "optim"] },
  { id: "random", title: "Random numbers", places: ["random"] },
  { id: "data", title: "Data", places: ["data"] },
  { id: "text", title: "Text", places: ["text"] },
  { id: "models", title: "Models", places: ["models"] },
  { id: "io", title: "Files", places: ["io"] },
  { id: "engine", title: "Engines", places: ["engine", "compile", "trace"] },
  { id: "display", title: "Showing things", places: ["display/display", "display"] },
  { id: "exercises", title: "Exercises", places: ["forbid"] },
  { id: "host", title: "For hosts", places: ["host"] },
];

/**
 * The theme of a file and its turn in it, by its place: `nn/losses.ts` is of the losses, another
 * of `nn/` is a layer.
 */
export function themeOf(file: string): { id: string; turn: number } {
  const parts = file.replace(/\.ts$/, "").split("/");
  for (let depth = parts.length; depth > 0; depth--) {
    const place = parts.slice(0, depth).join("/");
    const theme = known.find(({ places }) => places.includes(place));
    if (theme) return { id: theme.id, turn: theme.places.indexOf(place) };
  }
  return { id: parts[0], turn: 0 };
}

/** The themes by these names, in order; one that is not known here comes last, by its folder's name. */
export function themes(found: readonly string[]): ThemeName[] {
  const others = found.filter((id) => !known.some((theme) => theme.id === id)).sort();
  return [
    ...known.filter(({ id }) => found.includes(id)),
    ...others.map((id) => ({ id, title: id[0].toUpperCase() + id.slice(1) })),
  ];
}

import { figures } from "@/figures";

interface FigureProps {
  name: string;
  caption: string;
  alt: string;
  number: string;
}

/** A figure of a chapter: the live drawing, its number and its caption; `alt` says it in words. */
export function FigureFrame({ name, caption, alt, number }: FigureProps) {
  const Live = figures[name];
  if (!Live) throw new Error(`no figure "${name}"; known: ${Object.keys(figures).join(", ")}`);
  return (
    <figure className="figure" id={`figure-${name}`}>
      <Live alt={alt} />
      <figcaption>
        <span className="figure__number">Figure {number}.</span> {caption}
      </figcaption>
    </figure>
  );
}

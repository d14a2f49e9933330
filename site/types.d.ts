/** The parts of plotly.js that charts use; the package brings no types of its own. */
declare module "plotly.js-basic-dist-min" {
  interface Plotly {
    react(element: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
    purge(element: HTMLElement): void;
  }
  const plotly: Plotly;
  export default plotly;
}

declare module "*.css";

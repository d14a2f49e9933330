/** Where the JupyterLab listens that `npm start` started beside this site, for readers on this machine only. */
export const dynamic = "force-dynamic";

export function GET(request: Request): Response {
  const host = request.headers.get("host") ?? "";
  const here = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
  // The token that opens it is not in the address: whoever shares this machine could ask for it here.
  const url = here ? (process.env.GRADUS_LAB_URL ?? null) : null;
  return Response.json({ url }, { headers: { "Cache-Control": "no-store" } });
}

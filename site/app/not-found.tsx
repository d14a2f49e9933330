import type { Metadata } from "next";
import Link from "next/link";

export const metadata: Metadata = { title: "No such page" };

export default function NotFound() {
  return (
    <div className="page">
      <h1>There is no page here</h1>
      <p className="lead">
        The address may be mistyped, or belong to a chapter that is still being written.
      </p>
      <p>
        The <Link href="/course">course map</Link> lists what there is.
      </p>
    </div>
  );
}

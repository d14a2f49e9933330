"use client";

import { useId } from "react";
import { Field } from "../account/field";

/** A time zone, with those that the browser knows to choose from. */
export function ZoneField({
  value,
  disabled,
  onChange,
}: {
  value: string;
  disabled?: boolean;
  onChange: (zone: string) => void;
}) {
  const list = useId();
  return (
    <>
      <Field
        label="Time zone"
        hint="Dates are shown and days are counted in it."
        required
        list={list}
        maxLength={80}
        disabled={disabled}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={list}>
        {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

// The head of a page: its title, which is focused when somebody comes here, and what can be done.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import { brand } from "../portal/look.ts";

interface PageProps {
  readonly title: string;
  readonly above?: ComponentChildren;
  readonly beside?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Page({ title, above, beside, wide = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${brand.value}`;
  }, [title, brand.value]);
  return (
    <div class={wide ? "page wide" : "page"}>
      {above !== undefined && <p class="crumbs">{above}</p>}
      <div class="page-head">
        <h1 tabIndex={-1}>{title}</h1>
        {beside}
      </div>
      {children}
    </div>
  );
}

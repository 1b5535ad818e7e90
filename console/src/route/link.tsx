// A link within the console. With a modifier key the browser does what it does with links.

import type { ComponentChildren } from "preact";
import { go } from "./place.ts";

interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly title?: string;
  readonly current?: boolean;
  readonly label?: string | undefined;
  readonly children: ComponentChildren;
}

export function Link({ to, current = false, label, children, ...rest }: LinkProps) {
  return (
    <a
      {...rest}
      href={to}
      aria-current={current ? "page" : undefined}
      aria-label={label}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

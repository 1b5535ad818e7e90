// How the console is built: one page with one script and one style, under names that change with their content. Nothing is
// inlined and nothing is fetched from elsewhere, so that the strictest policy holds.

import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/console/",
  logLevel: "warn",
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
  },
  // `npm run dev:console` beside a server on its usual port.
  server: {
    proxy: { "/v1": "http://127.0.0.1:8080", "/metrics": "http://127.0.0.1:8080", "/readyz": "http://127.0.0.1:8080" },
  },
});

import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = ["/user", "/vton", "/garments", "/outfits", "/wardrobe/analyze", "/p2p", "/fitting", "/quality", "/sessions", "/images", "/jobs", "/operations", "/site", "/ws", "/config.json", "/readyz"];

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "proteus-client": fileURLToPath(new URL("client/src/index.ts", import.meta.url)) } },
  build: { manifest: true, target: "es2022", assetsInlineLimit: 0 },
  worker: { format: "es" },
  server: {
    // The API of a system started with `proteus up`.
    proxy: Object.fromEntries(api.map((path) => [path, { target: "http://127.0.0.1:8000", ws: path === "/ws" }])),
  },
});

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/**
 * The server of `npm start`, for `npx vite web`: the page reloads by itself, the
 * rooms are real. The host that the browser asked for stays as it is, since the
 * server lets in pages of its own host only.
 */
const server = { target: 'http://127.0.0.1:2567', changeOrigin: false };

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    rollupOptions: { input: ['index.html', 'admin.html'].map((page) => fileURLToPath(new URL(page, import.meta.url))) },
  },
  server: {
    proxy: {
      '/matchmake': server,
      '/v1': server,
      '/health': server,
      // A room's socket: /{node}/{room}?sessionId=…
      '^/[\\w-]+/[\\w-]+\\?.*sessionId=': { ...server, ws: true },
    },
  },
});

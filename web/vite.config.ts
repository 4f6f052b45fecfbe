import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const api = process.env['RELAY_URL'] ?? `http://localhost:${process.env['PORT'] ?? 5000}`;
const proxied = ['/api', '/auth', '/links', '/docs', '/readyz', '/healthz', '/metrics'];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [vue()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022' },
  // The examples of how to verify a delivery are shown from docs/verify.
  server: {
    fs: { allow: ['..'] },
    port: 5173,
    proxy: Object.fromEntries(proxied.map((path) => [path, { target: api }])),
  },
});

/**
 * Imported before everything else: zod would try `new Function` once, which the
 * server's Content-Security-Policy forbids and reports.
 */
import { config } from 'zod';

config({ jitless: true });

export { waitFor } from '@seckill/clock';

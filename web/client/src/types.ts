/** Names for what the OpenAPI document has; the rest of it is in `Schemas`. */
import type { Readable } from "openapi-typescript-helpers";

import type { components, paths } from "./schema.js";

export type { paths };
export type Schemas = components["schemas"];
export type User = Schemas["UserView"];
export type Vton = Readable<Schemas["VtonView"]>;
export type Job = Readable<Schemas["JobView"]>;
export type JobEvent = Schemas["JobEvent"];
export type JobStatus = Schemas["JobStatus"];
export type GarmentPart = Schemas["GarmentPart"];
export type TryOnOptions = Partial<Readable<Schemas["TryOnOptions"]>>;

/** Whether nothing more becomes of a job. */
export const isFinal = (status: string): boolean => ["completed", "failed", "cancelled"].includes(status);

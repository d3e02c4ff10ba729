/** From two pictures to one. */
import createClient, { type Client } from "openapi-fetch";

import { follow } from "./follow.js";
import { contentType } from "./pictures.js";
import { answer, JobFailed, Problem } from "./problem.js";
import { Session, type Grant } from "./session.js";
import { isFinal, type Job, type JobEvent, type paths, type TryOnOptions, type User } from "./types.js";

/** Is told how a job goes: by an event, or by a look at it. */
export type Heard = (state: Pick<JobEvent, "job_id" | "status" | "progress" | "queue_position" | "queue_length" | "step" | "steps">) => void;

/** Without an event for so long, the job is looked at. */
const SILENCE = 2000;

/** Somebody at the system at `url`: a guest, an account, or whose refresh token it is. */
export class Proteus {
  /** Any route, typed: `answer(proteus.api.GET("/garments"))`. */
  readonly api: Client<paths>;
  private readonly session: Session;

  constructor(
    readonly url: string,
    grant: Grant = { guest: true },
  ) {
    this.session = new Session(url, grant);
    this.api = createClient<paths>({ baseUrl: url.replace(/\/$/, ""), fetch: (request) => this.session.fetch(request) });
  }

  /** To go on with later, once something was asked; good once. */
  get refreshToken(): string | null {
    return this.session.refreshToken;
  }

  /** The user. Not needed: the first request does it. Throws Problem, as all that follows. */
  async signIn(): Promise<User> {
    await this.session.renew();
    return this.session.user as User;
  }

  /** Send a picture; its key. */
  async upload(picture: Blob, fileName = "picture"): Promise<string> {
    const body = { fileName, fileType: await contentType(picture), fileSize: picture.size };
    const ticket = await answer(this.api.POST("/images/presignedUploadUrl", { body }));
    // No token of ours goes to the object store, and fetch sets the length itself.
    const headers = Object.entries(ticket.headers).filter(([name]) => name.toLowerCase() !== "content-length");
    const sent = await fetch(ticket.url, { method: ticket.method, headers, body: picture });
    if (!sent.ok) throw new Problem(sent.status, "upload_refused", `The object store refused ${fileName}.`);
    return ticket.key;
  }

  /** Upload both and ask for a try-on; the id of its job. */
  async submit(person: Blob, garment: Blob, options: TryOnOptions = {}): Promise<string> {
    const [user_snap_s3, uncleaned_outfit_s3] = await Promise.all([this.upload(person), this.upload(garment)]);
    const header = { "idempotency-key": newKey() }; // it may be sent again
    const body = { user_snap_s3, uncleaned_outfit_s3, options };
    return (await answer(this.api.POST("/jobs/try_on", { body, params: { header } }))).job_id;
  }

  /** How a job is now. */
  job(id: string): Promise<Job> {
    return answer(this.api.GET("/jobs/{job_id}", { params: { path: { job_id: id } } }));
  }

  /** Throws a Problem with `job_ended` when it is too late. */
  cancel(id: string): Promise<Job> {
    return answer(this.api.POST("/jobs/{job_id}/cancel", { params: { path: { job_id: id } } }));
  }

  /**
   * The completed job. Throws JobFailed when it failed or was cancelled, and a Problem with `silence` after so many
   * milliseconds (`patience`) without news. By a WebSocket where there is one (browsers, Node 22), else by looking.
   */
  async wait(id: string, heard: Heard = () => undefined, patience = 600_000): Promise<Job> {
    let wake = (): void => undefined;
    let news = Date.now();
    let seen = "";
    const tell: Heard = (state) => {
      const now = JSON.stringify([state.status, state.progress, state.queue_position, state.queue_length]);
      if (state.job_id !== id || now === seen) return;
      [news, seen] = [Date.now(), now];
      if (isFinal(state.status)) wake();
      else heard(state);
    };
    const token = async () => (await answer(this.api.GET("/user/ws-token"))).token;
    const stop = "WebSocket" in globalThis ? follow(this.url, token, tell) : () => undefined;
    try {
      for (;;) {
        const job = await this.job(id);
        if (isFinal(job.status)) return completed(job);
        tell(job);
        if (Date.now() - news > patience) throw new Problem(0, "silence", `Nothing was heard of the job for ${patience / 1000} s.`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, SILENCE);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      stop();
    }
  }

  /** The picture of a completed job. */
  async download(job: Pick<Job, "result_s3_key">): Promise<Blob> {
    const body = { key: job.result_s3_key ?? "" };
    const { url } = await answer(this.api.POST("/images/presignedDownloadUrl", { body }));
    const picture = await fetch(url);
    if (!picture.ok) throw new Problem(picture.status, "download_refused", "The object store did not give the picture.");
    return picture.blob();
  }

  /** From two pictures to one. */
  async tryOn(person: Blob, garment: Blob, options: TryOnOptions = {}, heard?: Heard): Promise<Blob> {
    return this.download(await this.wait(await this.submit(person, garment, options), heard));
  }
}

/** For `Idempotency-Key`. crypto.randomUUID is not there on plain http other than localhost. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function completed(job: Job): Job {
  if (job.status === "completed") return job;
  throw new JobFailed(job.id, job.error?.code ?? job.status, job.error?.message ?? `The job was ${job.status}.`);
}

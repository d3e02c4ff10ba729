/** What an operator sees of the system, and what they do to it. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect } from "react";

import { answer, client, Problem, SESSION, type Schemas } from "../api";

export type Operations = Schemas["OperationsView"];
export type Queue = Operations["queues"][number];
export type Minute = Operations["jobs_by_minute"][number];
export type PolicyKey = Operations["policy"]["keys"][number];
export type Worker = Operations["workers"][number];
export type ServiceTimes = NonNullable<Worker["service_times"]>;
export type Cost = Operations["cost"];
export type LetterPage = Schemas["Page_LetterSummary_"];
export type Letter = Schemas["LetterSummary"];

const OPERATIONS = ["operations"] as const;
const LETTERS = ["deadletters"] as const;
const EVERY_MS = 2000;
/** A gateway that has not answered by then does not answer. */
const PATIENCE_MS = 5000;

/** The value that weavers obey. */
export const holds = ({ pin, value, default: unset }: PolicyKey): string => pin ?? value ?? unset;

/** One look every two seconds while the page is seen. The last one stays when the next fails. */
export function useOperations() {
  const queries = useQueryClient();
  const look = useQuery({
    queryKey: OPERATIONS,
    queryFn: () => answer(client.GET("/operations", { signal: AbortSignal.timeout(PATIENCE_MS) })),
    refetchInterval: EVERY_MS,
    staleTime: 0,
    retry: false, // the next look is one
    networkMode: "always", // a browser that believes to be offline says so by failing
  });
  const refused = look.error instanceof Problem && [401, 403, 404].includes(look.error.status);
  useEffect(() => {
    // No longer an admin, or signed out: the session tells which page this is.
    if (refused) void queries.invalidateQueries({ queryKey: SESSION });
  }, [queries, refused]);
  return look;
}

/** Pin a key to a value, or with null leave it to the arbitrator again. */
export function usePin(key: string) {
  const queries = useQueryClient();
  const params = { path: { key } };
  return useMutation({
    mutationFn: (value: string | null): Promise<unknown> =>
      value === null
        ? answer(client.DELETE("/operations/config/{key}", { params }))
        : answer(client.PUT("/operations/config/{key}", { params, body: { value } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: OPERATIONS }),
  });
}

/** Dead letters, page by page; looked at anew when their `count` changes. */
export function useLetters(count: number) {
  const queries = useQueryClient();
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: LETTERS });
  }, [queries, count]);
  return useInfiniteQuery<LetterPage, Error, InfiniteData<LetterPage>, typeof LETTERS, string | null>({
    queryKey: LETTERS,
    initialPageParam: null,
    queryFn: ({ pageParam }) =>
      answer(client.GET("/operations/deadletters", { params: { query: { limit: 20, ...(pageParam ? { cursor: Number(pageParam) } : {}) } } })),
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 5 * EVERY_MS,
    retry: false,
    networkMode: "always",
  });
}

/** One dead letter, whole. */
export function useLetter(number: number) {
  return useQuery({
    queryKey: ["deadletter", number],
    queryFn: () => answer(client.GET("/operations/deadletters/{number}", { params: { path: { number } } })),
  });
}

/** Put a dead letter back, or drop it. */
export function useSettle() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ number, how }: { number: number; how: "retry" | "drop" }): Promise<unknown> => {
      const params = { path: { number } };
      return how === "retry"
        ? answer(client.POST("/operations/deadletters/{number}/retry", { params }))
        : answer(client.DELETE("/operations/deadletters/{number}", { params }));
    },
    onSettled: () => Promise.all([OPERATIONS, LETTERS].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}

/** The signed-in user's measures. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, client, type Schemas } from "../api";

export type BodyView = Schemas["BodyView"];
export type BodyUpdate = Schemas["BodyUpdate"];

const BODY = ["body"] as const;

export function useBody(enabled: boolean) {
  return useQuery({ queryKey: BODY, queryFn: () => answer(client.GET("/user/body")), enabled, gcTime: 0 });
}

export function useSaveBody() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: BodyUpdate) => answer(client.PUT("/user/body", { body })),
    onSuccess: (saved) => queries.setQueryData(BODY, saved),
  });
}

export function useEraseBody() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(client.DELETE("/user/body")),
    onSuccess: () => {
      queries.removeQueries({ queryKey: ["fit"] });
      // Not reset: the form would go, and with it whoever waits to be told.
      return queries.invalidateQueries({ queryKey: BODY });
    },
  });
}

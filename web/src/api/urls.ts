/** A presigned URL per object key, kept until shortly before it expires, so that pictures do not flicker. */
import { useQuery } from "@tanstack/react-query";

import { answer, client } from "./client";
import { noteStore } from "./store";

export function usePictureUrl(key: string | null | undefined) {
  return useQuery({
    queryKey: ["url", key],
    enabled: Boolean(key),
    queryFn: async () => {
      const ticket = await answer(client.POST("/images/presignedDownloadUrl", { body: { key: key as string } }));
      noteStore(ticket.url);
      return ticket;
    },
    select: (ticket) => ticket.url,
    staleTime: (query) => Math.max(30, (query.state.data?.expires_in ?? 120) - 120) * 1000,
    gcTime: 20 * 60_000,
    refetchOnWindowFocus: false,
  });
}

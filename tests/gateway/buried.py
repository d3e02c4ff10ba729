"""What several of the gateway's tests wait for."""

import asyncio


async def dead_letters_until(site, count):
    """So many messages are buried, and the ledger has nothing left to do."""
    async with asyncio.timeout(600):
        while True:
            dead = (await site.js.stream_info("DEADLETTERS")).state.messages
            info = await site.js.consumer_info("RESULTS", "ledger")
            if dead >= count and not info.num_pending and not info.num_ack_pending:
                assert dead == count
                return
            await asyncio.sleep(0.1)

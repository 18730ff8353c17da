"""A loop written by hand on Temporal, to compare with."""

from __future__ import annotations

from datetime import timedelta

from temporalio import activity, workflow


@activity.defn(name="step")
async def step(text: str) -> str:
    return "x" * 20


@workflow.defn(name="by_hand")
class ByHand:
    @workflow.run
    async def hold(self, count: int) -> str:
        text = "go"
        for _ in range(count):
            text = await workflow.execute_activity(
                "step", text, result_type=str, start_to_close_timeout=timedelta(seconds=10)
            )
        return text

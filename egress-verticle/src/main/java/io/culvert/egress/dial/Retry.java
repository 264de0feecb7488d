package io.culvert.egress.dial;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** V2Ray's retry ({@code ExponentialBackoff}): five tries with pauses that grow by a fixed step. */
public final class Retry {
    private static final int TRIES = 5;

    /** The step for VMess and VLESS servers: 0, 200, 400, 600 ms between the tries. */
    public static final long PROXY_STEP_MILLIS = 200;
    /** The step for everything else: 0, 100, 200, 300 ms. */
    public static final long STEP_MILLIS = 100;

    private Retry() {}

    /** What is tried. */
    public interface Attempt {
        /** Begins a try; called on the loop, and completes on it. */
        Future<Channel> begin();

        /** Whether another try may mend this; asked once after each try that failed. */
        boolean mayMend(Throwable fault);
    }

    /** Runs attempts until one succeeds or none is left. Called on the loop; completes on it. */
    public static Future<Channel> run(EventLoop loop, long stepMillis, Attempt attempt) {
        Promise<Channel> result = loop.newPromise();
        attempt(loop, stepMillis, attempt, 0, result);
        return result;
    }

    /**
     * The same for a destination: only a connection that did not come to be is tried again. A forbidden address or a name that
     * does not exist stays so, and a handshake belongs to the client.
     */
    public static Future<Channel> ofDestination(EventLoop loop, Supplier<Future<Channel>> dial) {
        return run(loop, STEP_MILLIS, new Attempt() {
            @Override
            public Future<Channel> begin() {
                return dial.get();
            }

            @Override
            public boolean mayMend(Throwable fault) {
                return fault instanceof SessionFailure failure && isOfDial(failure.closeCause());
            }
        });
    }

    private static void attempt(EventLoop loop, long stepMillis, Attempt attempt, int number, Promise<Channel> result) {
        attempt.begin().addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                if (!result.trySuccess(done.getNow())) {
                    done.getNow().close();
                }
            } else if (attempt.mayMend(done.cause()) && number + 1 < TRIES && !result.isCancelled()) {
                loop.schedule(
                        () -> attempt(loop, stepMillis, attempt, number + 1, result),
                        number * stepMillis,
                        TimeUnit.MILLISECONDS);
            } else {
                result.tryFailure(done.cause());
            }
        });
    }

    private static boolean isOfDial(CloseCause cause) {
        return cause == CloseCause.DIAL_REFUSED
                || cause == CloseCause.DIAL_TIMEOUT
                || cause == CloseCause.DIAL_UNREACHABLE;
    }
}

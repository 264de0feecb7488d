package io.culvert.egress.dial;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * V2Ray's retry (peers section 0.2): five tries with pauses that grow by a fixed step. What another try cannot mend (a
 * forbidden address, a name that does not exist, a proxy that said no) is not tried again.
 */
public final class Retry {
    private static final int TRIES = 5;

    /** The step for VMess and VLESS servers: 0, 200, 400, 600 ms between the tries. */
    public static final long PROXY_STEP_MILLIS = 200;
    /** The step for everything else: 0, 100, 200, 300 ms. */
    public static final long STEP_MILLIS = 100;

    private Retry() {}

    /** Runs attempts until one succeeds or none is left. Called on the loop; completes on it. */
    public static Future<Channel> run(EventLoop loop, long stepMillis, Supplier<Future<Channel>> attempt) {
        Promise<Channel> result = loop.newPromise();
        attempt(loop, stepMillis, attempt, 0, result);
        return result;
    }

    private static void attempt(
            EventLoop loop, long stepMillis, Supplier<Future<Channel>> attempt, int number, Promise<Channel> result) {
        attempt.get().addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                if (!result.trySuccess(done.getNow())) {
                    done.getNow().close();
                }
            } else if (number + 1 < TRIES && isWorthAnotherTry(done.cause()) && !result.isCancelled()) {
                loop.schedule(
                        () -> attempt(loop, stepMillis, attempt, number + 1, result),
                        number * stepMillis,
                        TimeUnit.MILLISECONDS);
            } else {
                result.tryFailure(done.cause());
            }
        });
    }

    private static boolean isWorthAnotherTry(Throwable fault) {
        if (!(fault instanceof SessionFailure failure)) {
            return false;
        }
        CloseCause cause = failure.closeCause();
        return cause == CloseCause.DIAL_REFUSED
                || cause == CloseCause.DIAL_TIMEOUT
                || cause == CloseCause.DIAL_UNREACHABLE;
    }
}

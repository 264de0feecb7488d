package io.culvert.bus;

import io.culvert.wire.Decoded;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Both ends of what nodes say to each other about the farm's configuration. */
public final class ConfigPeers {
    /** How long a node may take to answer. */
    public static final long ANSWER_MILLIS = 5_000;

    /** The longest message that nodes send each other, in bytes. */
    public static final int MAX_MESSAGE_BYTES = ConfigMessageFormat.MAX_CONFIG_BYTES;

    private static final Logger log = LoggerFactory.getLogger(ConfigPeers.class);
    private static final int FAILURE_MALFORMED = 1;
    private static final int FAILURE_INTERNAL = 2;
    private static final RecordFormat<ConfigMessage> FORMAT = new ConfigMessageFormat();
    private static final DeliveryOptions QUESTION = new DeliveryOptions().setSendTimeout(ANSWER_MILLIS);

    private ConfigPeers() {}

    /**
     * Answers for a node.
     *
     * @param answers called on the caller's context; never blocks
     * @return completes once the farm can reach it
     */
    public static Future<BusRegistration> register(
            Vertx vertx, String node, Function<ConfigMessage, Future<ConfigMessage>> answers) {
        MessageConsumer<Buffer> consumer =
                vertx.eventBus().consumer(BusAddresses.config(node), message -> answer(message, answers));
        return consumer.completion().map(_ -> consumer::unregister);
    }

    private static void answer(Message<Buffer> message, Function<ConfigMessage, Future<ConfigMessage>> answers) {
        switch (FORMAT.decode(message.body().getBytes())) {
            case Decoded.Complete<ConfigMessage>(ConfigMessage question) ->
                answers.apply(question)
                        .onSuccess(answer -> message.reply(Buffer.buffer(FORMAT.encode(answer))))
                        .onFailure(fault -> {
                            log.error("a question about the configuration could not be answered", fault);
                            message.fail(FAILURE_INTERNAL, "internal fault");
                        });
            case Decoded.NeedMore<ConfigMessage> _ -> message.fail(FAILURE_MALFORMED, "malformed message");
            case Decoded.Malformed<ConfigMessage> _ -> message.fail(FAILURE_MALFORMED, "malformed message");
        }
    }

    /**
     * Asks a node.
     *
     * @return fails where it does not answer in time, or the question is longer than the bus takes
     */
    public static Future<ConfigMessage> ask(Vertx vertx, String node, ConfigMessage question) {
        try {
            return ask(vertx, node, encoded(question));
        } catch (BusFormatException e) {
            return Future.failedFuture(e);
        }
    }

    /** The same for a question that several nodes are asked. */
    public static Future<ConfigMessage> ask(Vertx vertx, String node, Encoded question) {
        return vertx.eventBus()
                .<Buffer>request(BusAddresses.config(node), question.bytes, QUESTION)
                .compose(answer -> read(answer.body()));
    }

    /** @throws BusFormatException where it is longer than the bus takes */
    public static Encoded encoded(ConfigMessage question) {
        return new Encoded(Buffer.buffer(FORMAT.encode(question)));
    }

    /** A question as it is sent; encoded once, however many nodes are asked. */
    public static final class Encoded {
        private final Buffer bytes;

        private Encoded(Buffer bytes) {
            this.bytes = bytes;
        }
    }

    private static Future<ConfigMessage> read(Buffer answer) {
        return FORMAT.decode(answer.getBytes()) instanceof Decoded.Complete<ConfigMessage>(ConfigMessage said)
                ? Future.succeededFuture(said)
                : Future.failedFuture(new BusFormatException("malformed answer"));
    }
}

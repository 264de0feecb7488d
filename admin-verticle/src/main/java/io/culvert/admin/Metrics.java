package io.culvert.admin;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.internal.PlatformDependent;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The node's counters and gauges. Other modules are handed the JDK's {@link LongAdder} and {@link LongSupplier}, never this
 * type: adding to a counter costs no look-up and no allocation, and the sums are only read when someone scrapes.
 */
public final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final Map<String, LongAdder> counters = new ConcurrentHashMap<>();

    /** The registry holds what it reads counters from by weak references only. */
    private final Queue<LongSupplier> counted = new ConcurrentLinkedQueue<>();

    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gc.bindTo(registry);
        if (PlatformDependent.usedDirectMemory() >= 0) {
            gauge(
                    "culvert.netty.direct.used",
                    "Direct memory held by Netty, in bytes",
                    PlatformDependent::usedDirectMemory);
            gauge(
                    "culvert.netty.direct.max",
                    "Direct memory Netty may hold, in bytes",
                    PlatformDependent::maxDirectMemory);
        }
    }

    /**
     * A counter; the same name and labels give the same one.
     *
     * @param name dotted, without {@code _total}, which the exposition adds
     * @param labels names and values in turn
     */
    public LongAdder counter(String name, String help, String... labels) {
        String key = Stream.of(labels).collect(Collectors.joining("\0", name + "\0", ""));
        return counters.computeIfAbsent(key, _ -> {
            LongAdder adder = new LongAdder();
            FunctionCounter.builder(name, adder, LongAdder::doubleValue)
                    .description(help)
                    .tags(labels)
                    .register(registry);
            return adder;
        });
    }

    /** A gauge, read when someone scrapes and from any thread. The first registration of a name and its labels stays. */
    public void gauge(String name, String help, LongSupplier value, String... labels) {
        Gauge.builder(name, () -> value.getAsLong())
                .description(help)
                .tags(labels)
                .strongReference(true)
                .register(registry);
    }

    /** A counter that another module keeps, read when someone scrapes and from any thread. */
    public void count(String name, String help, LongSupplier value, String... labels) {
        counted.add(value);
        FunctionCounter.builder(name, value, LongSupplier::getAsLong)
                .description(help)
                .tags(labels)
                .register(registry);
    }

    /** Everything in the Prometheus text format. Takes milliseconds: not for an event loop. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }
}

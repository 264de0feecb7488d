package io.culvert.launcher;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.IntConsumer;

/**
 * Signals of the operating system, by {@code sun.misc.Signal} of the module jdk.unsupported: a shutdown hook could neither
 * choose the exit status nor hear a second signal. It is reached by reflection because the compiler warns about its name
 * with no way to say that this is meant.
 */
final class Signals {
    private Signals() {}

    /**
     * Calls the handler with the signal's number, on a thread of the JVM, whenever the signal comes.
     *
     * @param name without SIG
     */
    static void handle(String name, IntConsumer handler) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodHandle accept =
                    lookup.findVirtual(IntConsumer.class, "accept", MethodType.methodType(void.class, int.class));
            MethodHandle number = lookup.findVirtual(signalType, "getNumber", MethodType.methodType(int.class));
            MethodHandle target = MethodHandles.filterArguments(accept.bindTo(handler), 0, number);
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            signalType
                    .getMethod("handle", signalType, handlerType)
                    .invoke(null, signal, MethodHandleProxies.asInterfaceInstance(handlerType, target));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signal " + name + " cannot be handled", e);
        }
    }
}

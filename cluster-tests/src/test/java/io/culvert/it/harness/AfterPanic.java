package io.culvert.it.harness;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs a scenario a second time where its V2Ray has panicked in the first: version 4.34 does so at times, with many sessions at
 * once, and says nothing of what it was tested with. What it said is printed.
 */
public final class AfterPanic implements InvocationInterceptor {

    /** A class of scenarios whose nodes can be started again. */
    public interface Subject {
        TransportLegs legs();
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> scenario, ExtensionContext context)
            throws Throwable {
        run(invocation, scenario);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> scenario, ExtensionContext context)
            throws Throwable {
        run(invocation, scenario);
    }

    private static void run(Invocation<Void> invocation, ReflectiveInvocationContext<Method> scenario)
            throws Throwable {
        Subject subject = (Subject) scenario.getTarget().orElseThrow();
        try {
            invocation.proceed();
        } catch (AssertionError | Exception e) {
            if (!subject.legs().reviveV2Ray()) {
                throw e;
            }
            again(subject, scenario);
            return;
        }
        subject.legs().reviveV2Ray();
    }

    private static void again(Subject subject, ReflectiveInvocationContext<Method> scenario) throws Throwable {
        Method method = scenario.getExecutable();
        method.setAccessible(true);
        try {
            method.invoke(subject, scenario.getArguments().toArray());
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}

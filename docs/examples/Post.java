import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

public class Post {
    private static final int TRIES = 6;
    private static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /** Posts an event as JSON; returns when Relay has it. Throws when Relay refuses it, or has not answered after all tries. */
    static String post(String event) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("RELAY_URL") + "/api/events"))
                .timeout(Duration.ofSeconds(10))
                .header("Content-Type", "application/json")
                .header("X-API-Key", System.getenv("RELAY_API_KEY"))
                .POST(HttpRequest.BodyPublishers.ofString(event))
                .build();
        for (int tried = 1; ; tried++) {
            long asked = 0;
            try {
                HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                int status = response.statusCode();
                if (status < 300) return response.body();
                boolean mayPass = status >= 500 || status == 408 || status == 429;
                if (!mayPass || tried == TRIES) throw new IllegalStateException(status + ": " + response.body());
                asked = response.headers().firstValueAsLong("Retry-After").orElse(0) * 1000;
            } catch (IOException error) {
                if (tried == TRIES) throw error;
            }
            Thread.sleep(Math.max(asked, (long) (250 * (1 << tried) * (0.5 + Math.random()))));
        }
    }

    public static void main(String[] arguments) throws Exception {
        String key = arguments.length > 0 ? arguments[0] : "job-123";
        System.out.println(post(
                "{\"eventType\":\"job.created\",\"payload\":{\"jobId\":\"123\"},\"idempotencyKey\":\"" + key + "\"}"));
    }
}

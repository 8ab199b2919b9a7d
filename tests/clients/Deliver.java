import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

/** HttpURLConnection, which buffers the body, as Hutool uses it: URL FILE TIMES [FILE TIMES]... */
public class Deliver {
    public static void main(String[] arguments) throws IOException {
        for (int i = 1; i < arguments.length; i += 2) {
            byte[] body = Files.readAllBytes(Path.of(arguments[i]));
            for (int n = 0; n < Integer.parseInt(arguments[i + 1]); n++) {
                System.out.println(deliver(new URL(arguments[0]), body));
            }
        }
    }

    private static int deliver(URL url, byte[] body) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        return connection.getResponseCode();
    }
}

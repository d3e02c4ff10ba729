// One journey with the client that OpenAPI Generator makes for Java's own HttpClient.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ImagesApi;
import org.openapitools.client.api.JobsApi;
import org.openapitools.client.api.UserApi;
import org.openapitools.client.model.*;

class Journey {
  interface Call {
    Object go() throws Exception;
  }

  static String code(ApiClient client, Call call) throws Exception {
    try {
      call.go();
    } catch (ApiException error) {
      return client.getObjectMapper().readValue(error.getResponseBody(), Problem.class).getCode();
    }
    throw new AssertionError("it was not refused");
  }

  static String put(ImagesApi images, String path) throws Exception {
    var ticket = images.createUploadUrl(new UploadWanted().fileName("a.jpg").fileType("image/jpeg"));
    var request = HttpRequest.newBuilder(URI.create(ticket.getUrl()))
        .method(ticket.getMethod().toString(), HttpRequest.BodyPublishers.ofFile(Path.of(path)));
    ticket.getHeaders().forEach(request::header);
    var answer = HttpClient.newHttpClient().send(request.build(), BodyHandlers.discarding());
    if (answer.statusCode() >= 300) throw new AssertionError("not uploaded");
    return ticket.getKey();
  }

  public static void main(String[] arguments) throws Exception {
    var client = new ApiClient();
    client.updateBaseUri(arguments[0]);
    var pair = new UserApi(client).createToken(new Body(new GuestEntry().guest(true)));
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + pair.getAccessToken()));
    var images = new ImagesApi(client);
    var jobs = new JobsApi(client);
    var wanted = new TryOnBody().userSnapS3(put(images, arguments[1])).uncleanedOutfitS3(put(images, arguments[2]));
    var id = jobs.createTryOn(wanted, null, null).getJobId();
    var job = jobs.getJob(id);
    for (; job.getFinishedAt() == null; job = jobs.getJob(id)) Thread.sleep(300);
    var ticket = images.createDownloadUrl(new DownloadWanted().key(job.getResultS3Key()));
    var request = HttpRequest.newBuilder(URI.create(ticket.getUrl())).build();
    var picture = HttpClient.newHttpClient().send(request, BodyHandlers.ofByteArray()).body();
    var text = new UploadWanted().fileName("a.txt").fileType("text/plain");
    System.out.printf(
        "{\"status\": \"%s\", \"width\": %d, \"bytes\": %d, \"rejected\": \"%s\", \"missing\": \"%s\"}%n",
        job.getStatus(), job.getResult().getTryOnOutcome().getWidth(), picture.length,
        code(client, () -> images.createUploadUrl(text)), code(client, () -> jobs.getJob("job_of_nobody")));
  }
}

// One journey with the client that OpenAPI Generator makes for Go.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"time"

	proteus "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func must[T any](value T, _ *http.Response, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func code(err error) string {
	return err.(*proteus.GenericOpenAPIError).Model().(proteus.Problem).Code
}

func main() {
	settings := proteus.NewConfiguration()
	settings.Servers = proteus.ServerConfigurations{{URL: os.Args[1]}}
	api := proteus.NewAPIClient(settings)
	guest := proteus.Body{GuestEntry: proteus.NewGuestEntry(true)}
	pair := must(api.UserAPI.CreateToken(context.Background()).Body(guest).Execute())
	signed := context.WithValue(context.Background(), proteus.ContextAccessToken, pair.AccessToken)

	put := func(path string) string {
		picture, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		ticket := must(api.ImagesAPI.CreateUploadUrl(signed).UploadWanted(*proteus.NewUploadWanted("a.jpg", "image/jpeg")).Execute())
		request, _ := http.NewRequest(ticket.Method, ticket.Url, bytes.NewReader(picture))
		for name, value := range ticket.Headers {
			request.Header.Set(name, value)
		}
		if answer, err := http.DefaultClient.Do(request); err != nil || answer.StatusCode >= 300 {
			panic("not uploaded")
		}
		return ticket.Key
	}
	wanted := proteus.NewTryOnBody(put(os.Args[3]), put(os.Args[2]))
	accepted := must(api.JobsAPI.CreateTryOn(signed).TryOnBody(*wanted).Execute())
	job := must(api.JobsAPI.GetJob(signed, accepted.JobId).Execute())
	for job.GetFinishedAt().IsZero() {
		time.Sleep(300 * time.Millisecond)
		job = must(api.JobsAPI.GetJob(signed, accepted.JobId).Execute())
	}
	ticket := must(api.ImagesAPI.CreateDownloadUrl(signed).DownloadWanted(*proteus.NewDownloadWanted(job.GetResultS3Key())).Execute())
	answer, err := http.Get(ticket.Url)
	if err != nil {
		panic(err)
	}
	picture, _ := io.ReadAll(answer.Body)
	_, _, rejected := api.ImagesAPI.CreateUploadUrl(signed).UploadWanted(*proteus.NewUploadWanted("a.txt", "text/plain")).Execute()
	_, _, missing := api.JobsAPI.GetJob(signed, "job_of_nobody").Execute()
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"status": job.Status, "width": job.Result.Get().TryOnOutcome.GetWidth(), "bytes": len(picture),
		"rejected": code(rejected), "missing": code(missing),
	})
}

//! How SageMaker says "not found" and "already there". Only pipelines have an error of their own for it; models and
//! model packages answer ValidationException with a sentence, so code and sentence are matched here and nowhere else.

use aws_sdk_sagemaker::error::{ProvideErrorMetadata, SdkError};

/// The object named in the request is not there.
pub(crate) fn is_not_found<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    says_not_found(error.code(), error.message())
}

/// An object of that name is there already.
pub(crate) fn is_already_there<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    says_already_there(error.code(), error.message())
}

/// A concurrent change is under way.
pub(crate) fn is_conflict<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("ConflictException")
}

fn says_not_found(code: Option<&str>, message: Option<&str>) -> bool {
    match code {
        Some("ResourceNotFound" | "ResourceNotFoundException") => true,
        Some("ValidationException") => {
            let message = message.unwrap_or_default().to_lowercase();
            let sentences = ["could not find", "does not exist", "not found", "cannot find"];
            sentences.iter().any(|sentence| message.contains(sentence))
        }
        _ => false,
    }
}

fn says_already_there(code: Option<&str>, message: Option<&str>) -> bool {
    match code {
        Some("ResourceInUse" | "ResourceInUseException") => true,
        Some("ValidationException") => {
            let message = message.unwrap_or_default().to_lowercase();
            let sentences = ["already existing", "already exists", "must be unique"];
            sentences.iter().any(|sentence| message.contains(sentence))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_found_in_all_its_wordings() {
        let validation = Some("ValidationException");
        assert!(says_not_found(
            Some("ResourceNotFound"),
            Some("Pipeline 'x' does not exist.")
        ));
        assert!(says_not_found(
            validation,
            Some("Could not find model \"arn:aws:sagemaker:us-east-1:1:model/x\".")
        ));
        assert!(says_not_found(
            validation,
            Some("ModelPackage arn:aws:sagemaker:us-east-1:1:model-package/x/1 does not exist.")
        ));
        assert!(says_not_found(validation, Some("Model Package Group x not found.")));
    }

    #[test]
    fn a_broken_request_is_not_an_absence() {
        let message = "1 validation error detected: Value '' at 'modelName' failed to satisfy constraint";
        assert!(!says_not_found(Some("ValidationException"), Some(message)));
        assert!(!says_not_found(
            Some("AccessDeniedException"),
            Some("the role does not exist")
        ));
        assert!(!says_not_found(None, None));
    }

    #[test]
    fn already_there_in_all_its_wordings() {
        let message = "Cannot create already existing model \"arn:aws:sagemaker:us-east-1:1:model/x\".";
        assert!(says_already_there(Some("ValidationException"), Some(message)));
        assert!(says_already_there(Some("ResourceInUse"), None));
        assert!(!says_already_there(
            Some("ValidationException"),
            Some("Role is not valid")
        ));
    }
}
